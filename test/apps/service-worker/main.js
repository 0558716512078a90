const controlled = new Promise((done) => {
  navigator.serviceWorker.addEventListener('controllerchange', done, { once: true });
});
await navigator.serviceWorker.register('/service-worker.js', { type: 'module' });
if (!navigator.serviceWorker.controller) await controlled;

// Every fetch of the page: the service worker answers this one with the model's results.
const response = await fetch('/classify?x=1,2,3&x=-1,0.5,2');
document.documentElement.dataset.report = await response.text();

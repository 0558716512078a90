// A service worker keeps its name and lies at the root of what it controls: an entry of its own beside the page.

/** @type {import('vite').UserConfig} */
export default {
  build: {
    rolldownOptions: {
      input: { page: 'index.html', 'service-worker': 'service-worker.js' },
      output: {
        entryFileNames: ({ name }) =>
          name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
};

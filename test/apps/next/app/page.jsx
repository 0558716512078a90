import { Classifier } from './classifier.jsx';

/** Rendered on the server; the classifier runs in the browser. */
export default function Page() {
  return (
    <main>
      <h1>Rendered on the server</h1>
      <Classifier />
    </main>
  );
}

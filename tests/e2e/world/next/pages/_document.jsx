import { Head, Html, Main, NextScript } from 'next/document';
import { Snippet } from '../marked.jsx';

export default function Document() {
  return (
    <Html lang="en">
      <Head />
      <body>
        <Snippet />
        <Main />
        <NextScript />
      </body>
    </Html>
  );
}

import Link from 'next/link';
import { Snippet } from '../marked.jsx';

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <Snippet />
        <nav>
          <Link href="/">One</Link> <Link href="/other">Two</Link>
        </nav>
        {children}
      </body>
    </html>
  );
}

import { ConsentBanner } from './consent';

export const metadata = { title: 'Placet in Next.js' };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        {children}
        <ConsentBanner />
      </body>
    </html>
  );
}

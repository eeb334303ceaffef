import Link from 'next/link';
import { Marked } from '../../marked.jsx';

export default function One() {
  return (
    <>
      <Link href="/pages-router/two">Two</Link>
      <Marked name="one" />
    </>
  );
}

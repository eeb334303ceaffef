import Link from 'next/link';
import { Marked } from '../../marked.jsx';

export default function Two() {
  return (
    <>
      <Link href="/pages-router">One</Link>
      <Marked name="two" />
    </>
  );
}

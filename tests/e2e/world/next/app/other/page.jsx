import { Marked } from '../../marked.jsx';

export default function Two() {
  return <Marked name="two" />;
}

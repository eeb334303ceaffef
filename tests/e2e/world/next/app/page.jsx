import { Marked } from '../marked.jsx';

export default function One() {
  return <Marked name="one" />;
}

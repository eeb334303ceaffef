/** What stands in for the snippet's modules has their shape, and what is told of services is what the gate tells. */
import type { ServiceConsent } from '../../npm/src/types.ts';
import type * as gate from '../../www/session/consents.ts';

/** Does not compile unless the second has all that the first has. */
function stands<_Own, _Other extends _Own>(): void {}

stands<typeof import('../../www/gate/ask.ts'), typeof import('../../npm/instead/gate/ask.ts')>();
stands<typeof import('../../www/gate/nonce.ts'), typeof import('../../npm/instead/gate/nonce.ts')>();
stands<typeof import('../../www/gate/parts.ts'), typeof import('../../npm/instead/gate/parts.ts')>();
stands<typeof import('../../www/core/parts.ts'), typeof import('../../npm/instead/core/parts.ts')>();
stands<typeof import('../../www/core/post.ts'), typeof import('../../npm/instead/core/post.ts')>();
stands<ServiceConsent, gate.ServiceConsent>();

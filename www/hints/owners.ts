/** Whose a host is: the services that declare it. */
import type { ServiceConfig } from '../gate/protocol.ts';

/** The services that declare a host, itself or, with `*.`, every host below a domain. */
export const ownersOf = (hostname: string, services: readonly ServiceConfig[]): ServiceConfig[] =>
  services.filter(({ domains = [] }) =>
    domains.some((domain) =>
      domain.startsWith('*.') ? hostname.endsWith(domain.slice(1).toLowerCase()) : hostname === domain.toLowerCase(),
    ),
  );

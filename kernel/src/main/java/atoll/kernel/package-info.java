/** The microhypervisor: domains, vCPUs, scheduling contexts, portals, capabilities. */
package atoll.kernel;

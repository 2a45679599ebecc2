/** The microhypervisor: domains, vCPUs, scheduling contexts, portals, capabilities. */
module atoll.kernel {
  requires transitive atoll.host;
  requires transitive atoll.memory;
  requires transitive atoll.engine;
}

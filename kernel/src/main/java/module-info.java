/**
 * The microhypervisor: domains, vCPUs, scheduling contexts, portals, semaphores, capabilities and
 * machine memory.
 */
module atoll.kernel {
  requires transitive atoll.host;
  requires transitive atoll.memory;
  requires transitive atoll.engine;

  exports atoll.kernel;
}

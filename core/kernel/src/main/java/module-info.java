/**
 * The microhypervisor: domains, vCPUs, scheduling contexts and policies, portals, semaphores,
 * capabilities, machine memory and shared memory.
 */
module atoll.kernel {
  requires transitive atoll.host;
  requires transitive atoll.memory;
  requires transitive atoll.cpu;

  exports atoll.kernel;
}

/**
 * The microhypervisor: domains, vCPUs, scheduling contexts and policies, portals, semaphores,
 * capabilities, machine memory and shared memory.
 */
module atoll.kernel {
  requires atoll.state;
  requires atoll.host;
  requires atoll.memory;
  requires atoll.cpu;

  exports atoll.kernel to
      atoll.vmm,
      atoll.debug,
      atoll.manager,
      atoll.front;

  opens atoll.kernel to
      atoll.state;
}

/** A virtual CPU as the kernel sees it: what runs guest code, and why it stops. */
module atoll.cpu {
  requires atoll.state;

  exports atoll.cpu to
      atoll.engine,
      atoll.kernel,
      atoll.vmm;
}

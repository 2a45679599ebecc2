/** Guest-physical memory of a virtual machine and what watches it. */
module atoll.memory {
  requires transitive atoll.host;

  exports atoll.memory;
}

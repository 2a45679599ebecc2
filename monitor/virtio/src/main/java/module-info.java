/** Virtio transport, queues and devices. */
module atoll.virtio {
  requires transitive atoll.host;
  requires transitive atoll.memory;
  requires transitive atoll.device;

  exports atoll.virtio;
}

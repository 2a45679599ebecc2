/** Virtio transport, queues and devices. */
package atoll.virtio;

package atoll.virtio;

/**
 * How a device's session interrupts its driver: what a transport makes of it is the transport's
 * own. Called under the session's monitor, by any thread; calls nothing back.
 */
interface VirtioInterrupts {
  /** Requests of a queue have been given back, and the driver wants to hear of it (§2.7.7). */
  void used(int queue);

  /** The configuration has changed, or the device needs a reset (§2.5, §2.1.2). */
  void config();

  /** The device has been reset: what it said before is void. */
  void reset();
}

package atoll.virtio;

/** What the monitor does with a virtio device, however its driver reaches it. */
public sealed interface VirtioTransport permits VirtioMmio, VirtioPci {
  /**
   * What happened so far.
   *
   * @param device its name
   * @param notifications by the driver
   * @param interrupts sent to it
   * @param faults rules that the driver broke, each followed by DEVICE_NEEDS_RESET
   * @param lastFault the latest of them in words, or empty
   */
  record Statistics(
      String device, long notifications, long interrupts, long faults, String lastFault) {}

  /**
   * Returns once the device's own threads touch guest memory no more; they begin again only after
   * {@link #resume}. Called when the machine pauses, and before its memory is given back.
   */
  void pause();

  /** Ends a {@link #pause}; requests that waited are served. */
  void resume();

  /** A snapshot of the counters. */
  Statistics statistics();
}

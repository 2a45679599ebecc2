package atoll.manager;

/**
 * The beginnings, pauses and ends of a VM's lives.
 *
 * @param <R> what comes of it
 */
public sealed interface LifeAction<R> extends VmAction<R> {
  /**
   * Starts a VM that does not run, from its images; one that was restored and has not begun yet
   * goes on where it was saved.
   */
  record Start(String vm) implements LifeAction<VmStatus> {}

  /** Ends a VM, and waits for that. */
  record Stop(String vm) implements LifeAction<VmStatus> {}

  /** Holds a VM, its devices too, and waits until it stands still. */
  record Pause(String vm) implements LifeAction<VmStatus> {}

  /** Lets a paused VM go on. */
  record Resume(String vm) implements LifeAction<VmStatus> {}

  /** Restarts a VM from its images, as its reset button would. */
  record Reset(String vm) implements LifeAction<VmStatus> {}

  /** Holds a single vCPU, which may still be leaving guest code afterwards. */
  record PauseVcpu(String vm, int vcpu) implements LifeAction<VmStatus> {}

  /** Lets a single vCPU go on. */
  record ResumeVcpu(String vm, int vcpu) implements LifeAction<VmStatus> {}
}

package atoll.kernel;

/** An object that a {@link Capability} can refer to. */
public sealed interface KernelObject
    permits ProtectionDomain, Vcpu, SchedulingContext, Portal, Semaphore, SharedMemory {
  /** For reports: {@code linux}, {@code linux/cpu0}. */
  String name();
}

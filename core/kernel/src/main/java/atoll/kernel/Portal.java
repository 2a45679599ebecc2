package atoll.kernel;

import atoll.cpu.Exit;
import java.util.Objects;

/** The entry into a monitor for one reason of exit. */
public final class Portal implements KernelObject {
  private final String name;
  private final Handler handler;

  /** The monitor's code behind a portal. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Serves one exit, on the thread and so the time of the vCPU that caused it. An exception from
     * it fails the vCPU's domain.
     */
    void handle(Vcpu vcpu, Exit exit);

    /**
     * Serves an access to a device while its vCPU stays in guest code, if that can be done in
     * Atoll's own code and without a fault; else does nothing, and {@link #handle} follows.
     */
    default boolean handleInside(Vcpu vcpu, Exit exit) {
      return false;
    }
  }

  Portal(String name, Handler handler) {
    this.name = Objects.requireNonNull(name, "name");
    this.handler = Objects.requireNonNull(handler, "handler");
  }

  @Override
  public String name() {
    return name;
  }

  void call(Vcpu vcpu, long now) {
    Exit exit = vcpu.cpu().exit();
    exit.nanos = now;
    handler.handle(vcpu, exit);
  }

  boolean callInside(Vcpu vcpu, long now) {
    Exit exit = vcpu.cpu().exit();
    exit.nanos = now;
    return handler.handleInside(vcpu, exit);
  }
}

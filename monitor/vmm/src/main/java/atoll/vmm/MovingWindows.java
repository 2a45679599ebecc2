package atoll.vmm;

import atoll.device.ExitBudget;
import atoll.device.GuestWork;
import atoll.kernel.Status;
import atoll.kernel.SystemCalls;
import atoll.kernel.Vcpu;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Windows onto shared memory that the guest itself puts somewhere, by a BAR.
 *
 * <p>The map changes only while nothing executes. So who moves a window has every vCPU wait before
 * its next guest instruction, does the change once all of them do, and lets them go: no access sees
 * the old map after the move. It is the guest's own time, and takes as long as the slowest vCPU to
 * leave guest code. Devices do not reach such a window: they work meanwhile.
 *
 * <p>Its monitor is taken under that of the host bridge, and before the kernel's.
 */
final class MovingWindows implements GuestWork {
  private static final long NOWHERE = -1;

  private final SystemCalls kernel;
  private final PendingWork work;
  private final Consumer<String> notices;

  @Unsaved("as the board was made")
  private final List<Window> windows = new ArrayList<>();

  /** Whose work it is to do the change; the others wait. */
  @Unsaved("settled before a state is taken")
  private Optional<Vcpu> mover = Optional.empty();

  MovingWindows(SystemCalls kernel, PendingWork work, Consumer<String> notices) {
    this.kernel = kernel;
    this.work = work;
    this.notices = notices;
  }

  /** One of them: where it is, and where the guest wants it. */
  @Unsaved("follows from configuration space")
  private static final class Window {
    private final String name;
    private final int slot;
    private final long size;
    private long at = NOWHERE;
    private long wanted = NOWHERE;

    /** What was wanted when it was last moved, as far as that could be. */
    private long tried = NOWHERE;

    /** It has been said that it cannot be mapped: a guest can try without end. */
    private boolean told;

    private Window(String name, int slot, long size) {
      this.name = name;
      this.slot = slot;
      this.size = size;
    }

    private boolean has(long gpa) {
      return at != NOWHERE && gpa >= at && gpa - at < size;
    }
  }

  /** A way to move one more window. */
  @FunctionalInterface
  interface Mover {
    /** Has it at {@code gpa} before the guest executes its next instruction; -1 for nowhere. */
    void to(long gpa);
  }

  /**
   * Adds a window.
   *
   * @param slot of the capability for its memory
   * @param size its bytes
   */
  synchronized Mover add(String name, int slot, long size) {
    Window window = new Window(name, slot, size);
    windows.add(window);
    return gpa -> move(window, gpa);
  }

  /** In an exit, the change waits for other vCPUs; otherwise all stand still. */
  private void move(Window window, long gpa) {
    synchronized (this) {
      window.wanted = gpa;
      if (kernel.caller().isEmpty()) {
        change();
        return;
      }
    }
    work.add(this);
  }

  @Override
  public Progress step(ExitBudget budget) {
    Optional<Vcpu> caller = kernel.caller();
    if (settled()) {
      return Progress.DONE;
    }
    if (!mine(caller)) {
      return Progress.WAIT;
    }
    if (caller.isPresent()) {
      work.elsewhere(this);
      if (!kernel.othersRest()) {
        Thread.onSpinWait();
        return Progress.MORE;
      }
    }
    synchronized (this) {
      change();
      mover = Optional.empty();
    }
    work.ready();
    return Progress.DONE;
  }

  private synchronized boolean settled() {
    return windows.stream().allMatch(window -> window.tried == window.wanted);
  }

  /** Takes it over, unless another vCPU is at it; without a caller, no vCPU is. */
  private synchronized boolean mine(Optional<Vcpu> caller) {
    if (caller.isPresent() && mover.isPresent() && !mover.equals(caller)) {
      return false;
    }
    mover = caller;
    return true;
  }

  /** First out of the way, since one may want another's place. */
  private void change() {
    for (Window window : windows) {
      if (window.at != NOWHERE && window.at != window.wanted) {
        KernelSlots.require(kernel.unmapShared(window.slot, window.at), "unmap " + window.name);
        window.at = NOWHERE;
      }
    }
    for (Window window : windows) {
      if (window.wanted != window.at && window.wanted != window.tried) {
        map(window);
      }
      window.tried = window.wanted;
    }
  }

  /** Without memory for tables, it is nowhere: reads are all ones. */
  private void map(Window window) {
    Status mapped = kernel.mapMoving(window.slot, window.wanted);
    if (mapped == Status.OK) {
      window.at = window.wanted;
    } else if (!window.told) {
      window.told = true;
      notices.accept(
          "%s cannot be mapped at 0x%x (%s): its guest reads all ones there; give the platform more memory for tables, or the VM another mmu"
              .formatted(window.name, window.wanted, mapped));
    }
  }

  /** Whether a place is a window's: a state has none of them, but what they follow from. */
  synchronized boolean has(long gpa) {
    return windows.stream().anyMatch(window -> window.has(gpa));
  }
}

package atoll.vmm;

import atoll.device.spi.ConsoleBackend;
import atoll.state.Unsaved;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One console of the host for several devices: output is merged in the order of its arrival, input
 * goes to the newest branch that takes it, window sizes to all.
 */
@Unsaved("plugged in again")
final class SharedConsole {
  private final ConsoleBackend backend;
  private final List<Branch> branches = new CopyOnWriteArrayList<>();

  SharedConsole(ConsoleBackend backend) {
    this.backend = backend;
  }

  /** A console for one more device. */
  ConsoleBackend branch() {
    Branch branch = new Branch();
    branches.addFirst(branch);
    return branch;
  }

  private int input(byte[] bytes, int offset, int length) {
    int taken = 0;
    for (Branch branch : branches) {
      if (taken < length && branch.receiver != null) {
        taken += branch.receiver.input(bytes, offset + taken, length - taken);
      }
    }
    return taken;
  }

  private void resized(int columns, int rows) {
    for (Branch branch : branches) {
      if (branch.receiver != null) {
        branch.receiver.resized(columns, rows);
      }
    }
  }

  @Unsaved("plugged in again")
  private final class Branch implements ConsoleBackend {
    private volatile Receiver receiver;

    @Override
    public void output(byte[] bytes, int offset, int length) {
      backend.output(bytes, offset, length);
    }

    @Override
    public void attach(Receiver receiver) {
      this.receiver = receiver;
      backend.attach(
          new Receiver() {
            @Override
            public int input(byte[] bytes, int offset, int length) {
              return SharedConsole.this.input(bytes, offset, length);
            }

            @Override
            public void resized(int columns, int rows) {
              SharedConsole.this.resized(columns, rows);
            }
          });
    }

    @Override
    public void ready() {
      backend.ready();
    }
  }
}

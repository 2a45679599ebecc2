package atoll.manager;

import atoll.console.HeldInput;
import atoll.console.OutputTail;
import atoll.device.spi.ConsoleBackend;
import atoll.report.ConsoleTail;
import atoll.scenario.ConsoleKind;
import java.util.List;
import java.util.Optional;

/**
 * The console of one VM in all its lives: what the guest prints becomes events, and what is typed
 * goes to the device of the present life, and nowhere between two lives.
 */
final class VmConsole {
  /** Bytes of output that a report can show the end of. */
  private static final int TAIL = 1 << 14;

  /** Types nowhere. */
  private static final ConsoleBackend.Receiver NOWHERE = (bytes, offset, length) -> 0;

  private final String vm;
  private final ConsoleKind kind;
  private final EventListener listener;
  private final HeldInput held;
  private volatile ConsoleBackend.Receiver receiver = NOWHERE;

  /** What the present or last life has printed; guarded by itself. */
  private final OutputTail printed = new OutputTail(TAIL);

  /**
   * @param kind the device that gets what is typed
   * @param listener told of what is printed
   */
  VmConsole(String vm, ConsoleKind kind, EventListener listener) {
    this.vm = vm;
    this.kind = kind;
    this.listener = listener;
    held = new HeldInput(new End(ConsoleKind.VIRTIO));
  }

  /** The last lines that its life has printed. */
  List<String> tail() {
    synchronized (printed) {
      return ConsoleTail.lines(printed.bytes());
    }
  }

  /** The end of what its life has sent to the terminal. */
  byte[] shown() {
    synchronized (printed) {
      return printed.bytes();
    }
  }

  /** What its life had sent before it was suspended. */
  void recall(Bytes before) {
    synchronized (printed) {
      printed.append(before.array());
    }
  }

  /** What its devices are plugged into. */
  Wiring wiring() {
    return switch (kind) {
      case NONE -> new Wiring(new NoConsole(), Optional.empty());
      case SERIAL -> new Wiring(new End(ConsoleKind.SERIAL), Optional.empty());
      case VIRTIO -> new Wiring(new End(ConsoleKind.SERIAL), Optional.of(held));
    };
  }

  /** Whether the guest of this life has printed something on its virtio console. */
  boolean spoken() {
    return held.spoken();
  }

  /** The guest has done so before it was saved. */
  void goOn() {
    held.goOn();
  }

  /** The life is over, and nothing takes what is typed before the next one has its console. */
  void unplug() {
    receiver = NOWHERE;
    synchronized (printed) {
      printed.clear();
    }
  }

  /** Offers what is typed; returns how many bytes were taken. */
  int type(Bytes bytes) {
    return receiver.input(bytes.array(), 0, bytes.array().length);
  }

  /** The terminal has this size now, in characters. */
  void resize(int columns, int rows) {
    receiver.resized(columns, rows);
  }

  /** What one of the devices is plugged into. */
  private final class End implements ConsoleBackend {
    private final ConsoleKind device;

    End(ConsoleKind device) {
      this.device = device;
    }

    @Override
    public void output(byte[] bytes, int offset, int length) {
      Bytes copy = Bytes.of(bytes, offset, length);
      synchronized (printed) {
        printed.append(copy.array());
      }
      listener.accept(new Event.Printed(vm, device, copy));
    }

    @Override
    public void attach(Receiver to) {
      if (device == kind) {
        receiver = to;
        listener.accept(new Event.ConsoleReady(vm, device));
      }
    }

    @Override
    public void ready() {
      if (device == kind) {
        listener.accept(new Event.ConsoleRoom(vm, device));
      }
    }
  }
}

package atoll.manager;

import atoll.console.HeldInput;
import atoll.device.spi.ConsoleBackend;
import atoll.scenario.ConsoleKind;
import java.util.Optional;

/**
 * The console of one VM in all its lives: what the guest prints becomes events, and what is typed
 * goes to the device of the present life, and nowhere between two lives.
 */
final class VmConsole {
  /** Types nowhere. */
  private static final ConsoleBackend.Receiver NOWHERE = (bytes, offset, length) -> 0;

  private final String vm;
  private final ConsoleKind kind;
  private final EventListener listener;
  private final HeldInput held;
  private volatile ConsoleBackend.Receiver receiver = NOWHERE;

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
      listener.accept(new Event.Printed(vm, device, Bytes.of(bytes, offset, length)));
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

package atoll.manager;

import atoll.device.spi.ConsoleBackend;
import atoll.scenario.ConsoleKind;
import java.util.Map;
import java.util.Optional;

/** Consoles of this process for the VMs of a manager: events to them, and actions from them. */
public final class PluggedConsoles implements EventListener {
  private final Manager manager;
  private final Map<String, Wiring> wirings;

  /**
   * @param wirings by VM; one that is not there is neither shown nor typed on
   */
  public PluggedConsoles(Manager manager, Map<String, Wiring> wirings) {
    this.manager = manager;
    this.wirings = Map.copyOf(wirings);
  }

  @Override
  public void accept(Event event) {
    // No switch: its first use would take longer than all the rest before a small guest's start.
    if (event instanceof Event.Printed(String vm, ConsoleKind device, Bytes bytes)) {
      console(vm, device).ifPresent(console -> print(bytes.array(), console));
    } else if (event instanceof Event.ConsoleReady(String vm, ConsoleKind device)) {
      console(vm, device).ifPresent(console -> console.attach(new Keyboard(vm)));
    } else if (event instanceof Event.ConsoleRoom(String vm, ConsoleKind device)) {
      console(vm, device).ifPresent(ConsoleBackend::ready);
    }
  }

  private static void print(byte[] bytes, ConsoleBackend console) {
    console.output(bytes, 0, bytes.length);
  }

  private Optional<ConsoleBackend> console(String vm, ConsoleKind device) {
    Optional<Wiring> wiring = Optional.ofNullable(wirings.get(vm));
    return device == ConsoleKind.VIRTIO
        ? wiring.flatMap(Wiring::virtio)
        : wiring.map(Wiring::serial);
  }

  /** Types on a VM's console. */
  private final class Keyboard implements ConsoleBackend.Receiver {
    private final String vm;

    Keyboard(String vm) {
      this.vm = vm;
    }

    @Override
    public int input(byte[] bytes, int offset, int length) {
      return manager.perform(new BoardAction.Type(vm, Bytes.of(bytes, offset, length)));
    }

    @Override
    public void resized(int columns, int rows) {
      manager.perform(new BoardAction.ResizeConsole(vm, columns, rows));
    }
  }
}

package atoll.front;

import atoll.console.EscapeCommand;
import atoll.console.GuestConsole;
import atoll.console.HostConsole;
import atoll.console.InputEnd;
import atoll.console.OutputWatch;
import atoll.device.spi.ConsoleBackend;
import atoll.host.HostException;
import atoll.server.ControlClient;
import atoll.server.ControlClient.RefusalException;
import atoll.server.ControlCommand;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/** The console of a VM of a running system on this process's terminal or pipes. */
final class CtlConsole {
  private final ControlClient client;
  private final ControlClient beside;
  private final HostConsole.Streams streams;
  private final BooleanSupplier late;

  /** How this has ended; null as long as it has not been ended from here. */
  private final AtomicReference<Ending> ending = new AtomicReference<>();

  /**
   * @param client whose connection becomes the console
   * @param beside tells the system of the window's size
   * @param late whether the time is over
   */
  CtlConsole(
      ControlClient client,
      ControlClient beside,
      HostConsole.Streams streams,
      BooleanSupplier late) {
    this.client = client;
    this.beside = beside;
    this.streams = streams;
    this.late = late;
  }

  /** Shows it until the person goes away, or the system ends; returns the exit code. */
  int show(Map<String, Object> request) throws RefusalException {
    String vm = String.valueOf(request.get("vm"));
    Object ignored = client.ask(request);
    HostConsole.Setup setup =
        new HostConsole.Setup(
            0,
            List.of(new EscapeCommand('d', "goes away; the VM goes on", () -> end(Ending.QUIT))),
            InputEnd.KEEP,
            loss -> end(Ending.of(loss)));
    List<HostConsole.Port> ports =
        List.of(new HostConsole.Port(vm, Optional.empty(), OutputWatch.NONE));
    try (HostConsole console = HostConsole.open(ports, setup, streams)) {
      GuestConsole guest = console.guest(vm);
      guest.attach(new Typing(vm));
      byte[] bytes = client.output();
      while (bytes.length > 0) {
        guest.output(bytes, 0, bytes.length);
        bytes = client.output();
      }
      console.note("the system has ended");
      return ExitCode.SUCCESS;
    } catch (HostException e) {
      if (ending.get() == null || late.getAsBoolean()) {
        throw e;
      }
      return ending.get().code();
    }
  }

  private void end(Ending how) {
    if (ending.compareAndSet(null, how)) {
      client.close();
    }
  }

  /** What is typed here goes to the guest. */
  private final class Typing implements ConsoleBackend.Receiver {
    private final String vm;

    Typing(String vm) {
      this.vm = vm;
    }

    @Override
    public int input(byte[] bytes, int offset, int length) {
      try {
        client.type(Arrays.copyOfRange(bytes, offset, offset + length));
      } catch (IOException e) {
        // The system has ended, which is told where its output ends.
      }
      return length;
    }

    @Override
    public synchronized void resized(int columns, int rows) {
      try {
        Object ignored =
            beside.ask(
                ControlCommand.WINDOW.request(
                    List.of(vm, Integer.toString(columns), Integer.toString(rows))));
      } catch (RefusalException | HostException e) {
        // A guest that does not run has no window.
      }
    }
  }
}

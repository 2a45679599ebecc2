package atoll.vmm;

import atoll.device.Uart16550;
import atoll.device.spi.ConsoleBackend;

/**
 * The console behind SBI: the UART's line, as it is for firmware on a real board, so output keeps
 * its order and input goes to the first that asks. Thread-safe.
 */
final class SbiConsole {
  private static final int DATA = 0;
  private static final int LINE_CONTROL = 3;
  private static final int DIVISOR_LATCH = 0x80;
  private static final int LINE_STATUS = 5;
  private static final int DATA_READY = 1;

  private final Uart16550 uart;
  private final ConsoleBackend backend;

  SbiConsole(Uart16550 uart, ConsoleBackend backend) {
    this.uart = uart;
    this.backend = backend;
  }

  /** Sends bytes to the host. */
  void write(byte[] bytes) {
    synchronized (uart) {
      backend.output(bytes, 0, bytes.length);
    }
  }

  /**
   * Takes one byte of the host's input; -1 if none is there.
   *
   * <p>The line status is read first, and alone while nothing is there: that is how the UART knows
   * that it is polled for input.
   */
  int read() {
    synchronized (uart) {
      boolean ready = (uart.read(LINE_STATUS, 1) & DATA_READY) != 0;
      boolean readable = ready && (uart.read(LINE_CONTROL, 1) & DIVISOR_LATCH) == 0;
      return readable ? (int) uart.read(DATA, 1) : -1;
    }
  }
}

package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class Uart16550Test {
  private static final int DATA = 0;
  private static final int IER = 1;
  private static final int IIR = 2;
  private static final int FCR = 2;
  private static final int LCR = 3;
  private static final int MCR = 4;
  private static final int LSR = 5;
  private static final int MSR = 6;
  private static final int SCR = 7;

  private final TypedConsole console = new TypedConsole();
  private final Wire wire = new Wire();
  private final Uart16550 uart = new Uart16550("uart0", console, wire);

  private int get(int register) {
    assertThat(uart.decodes(register, 1, false)).isTrue();
    return (int) uart.read(register, 1);
  }

  private void set(int register, int value) {
    assertThat(uart.decodes(register, 1, true)).isTrue();
    uart.write(register, 1, value);
  }

  private void enableFifo(int triggerBits) {
    set(FCR, triggerBits << 6 | 1);
  }

  @Test
  void bytesWrittenAreSentAtOnceAndTheTransmitterIsAlwaysEmpty() {
    for (char c : "hello\n".toCharArray()) {
      assertThat(get(LSR)).isEqualTo(0x60);
      set(DATA, c);
    }
    assertThat(console.printed()).isEqualTo("hello\n");
  }

  @Test
  void theResetStateIsThatOfTheDataSheet() {
    assertThat(get(IER)).isZero();
    assertThat(get(IIR)).isEqualTo(0x01);
    assertThat(get(LCR)).isZero();
    assertThat(get(MCR)).isZero();
    assertThat(get(LSR)).isEqualTo(0x60);
    assertThat(get(MSR)).isEqualTo(0xb0);
    assertThat(wire.high).isFalse();
  }

  @Test
  void theDivisorLatchHidesDataAndInterruptEnable() {
    set(IER, 0x05);
    set(LCR, 0x83);
    set(DATA, 0x34);
    set(IER, 0x12);
    assertThat(get(DATA)).isEqualTo(0x34);
    assertThat(get(IER)).isEqualTo(0x12);
    set(LCR, 0x03);
    assertThat(get(IER)).isEqualTo(0x05);
    assertThat(console.printed()).isEmpty();
  }

  @Test
  void scratchKeepsAByteAndReservedBitsReadZero() {
    set(SCR, 0xa5);
    set(IER, 0xff);
    set(MCR, 0xff);
    assertThat(get(SCR)).isEqualTo(0xa5);
    assertThat(get(IER)).isEqualTo(0x0f);
    assertThat(get(MCR)).isEqualTo(0x1f);
  }

  @Test
  void theFifoIsAnnouncedOnlyWhileItIsEnabled() {
    assertThat(get(IIR) & 0xc0).isZero();
    enableFifo(0);
    assertThat(get(IIR) & 0xc0).isEqualTo(0xc0);
    set(FCR, 0xc0);
    assertThat(get(IIR) & 0xc0).isZero();
  }

  @Test
  void receivedDataInterruptsAtTheTriggerLevelAndTimesOutBelowIt() {
    enableFifo(1); // four bytes
    set(IER, 1);
    console.type("abc");
    assertThat(wire.high).isTrue();
    assertThat(get(IIR)).isEqualTo(0xcc);
    console.type("d");
    assertThat(get(IIR)).isEqualTo(0xc4);
    assertThat(get(DATA)).isEqualTo('a');
    assertThat(get(IIR)).isEqualTo(0xcc);
    assertThat(get(DATA)).isEqualTo('b');
    assertThat(get(DATA)).isEqualTo('c');
    assertThat(get(LSR)).isEqualTo(0x61);
    assertThat(get(DATA)).isEqualTo('d');
    assertThat(get(LSR)).isEqualTo(0x60);
    assertThat(wire.high).isFalse();
  }

  @Test
  void inputBeyondTheFifoWaitsInTheBackendAndNoneIsLost() {
    enableFifo(3);
    set(IER, 1);
    String text = "the quick brown fox jumps over the lazy dog, again and again";
    console.type(text);
    assertThat(console.held()).isEqualTo(text.length() - 16);
    StringBuilder got = new StringBuilder();
    while ((get(LSR) & 1) != 0) {
      got.append((char) get(DATA));
    }
    assertThat(got.toString()).isEqualTo(text);
  }

  @Test
  void withoutTheFifoOneByteIsHeld() {
    set(IER, 1);
    console.type("xy");
    assertThat(console.held()).isEqualTo(1);
    assertThat(get(IIR)).isEqualTo(0x04);
    assertThat(get(DATA)).isEqualTo('x');
    assertThat(get(DATA)).isEqualTo('y');
    assertThat(get(DATA)).isZero();
  }

  @Test
  void inputWaitsUntilTheGuestListensSoThatADriversResetLosesNothing() {
    console.type("ls\n");
    enableFifo(0);
    for (char c : "boot".toCharArray()) { // Polled output, as an early console does it.
      assertThat(get(LSR) & 0x20).isNotZero();
      set(DATA, c);
    }
    get(LSR); // Linux's start-up clears "interrupts" like this, and the FIFO before.
    get(DATA);
    get(IIR);
    get(MSR);
    set(FCR, 0x07);
    assertThat(console.held()).isEqualTo(3);
    set(IER, 1);
    assertThat("" + (char) get(DATA) + (char) get(DATA) + (char) get(DATA)).isEqualTo("ls\n");
  }

  @Test
  void aGuestThatPollsGetsInputWithoutInterrupts() {
    console.type("ok");
    assertThat(get(LSR) & 1).isZero();
    assertThat(get(LSR) & 1).isOne();
    assertThat(get(DATA)).isEqualTo('o');
    set(DATA, '>');
    assertThat(get(LSR) & 1).isOne();
    assertThat(get(DATA)).isEqualTo('k');
    assertThat(wire.high).isFalse();
  }

  @Test
  void theReceiverResetEmptiesTheFifo() {
    enableFifo(0);
    set(IER, 1);
    console.type("abc");
    set(FCR, 0x03);
    assertThat(get(LSR) & 1).isZero();
    assertThat(wire.high).isFalse();
  }

  @Test
  void theTransmitterInterruptsWhenEnabledAndAfterEachByteUntilIdentified() {
    set(IER, 2);
    assertThat(wire.high).isTrue();
    assertThat(get(IIR)).isEqualTo(0x02);
    assertThat(wire.high).isFalse();
    assertThat(get(IIR)).isEqualTo(0x01);
    set(DATA, 'x');
    assertThat(wire.high).isTrue();
    set(IER, 0);
    assertThat(wire.high).isFalse();
    get(IIR);
    set(IER, 2);
    assertThat(wire.high).isTrue();
  }

  @Test
  void aDriverThatNeverReadsIirIsNotInterruptedForEverByTheTransmitter() {
    set(IER, 3);
    set(DATA, 'x');
    assertThat(wire.high).isTrue();
    get(LSR); // All that xv6's handler does when there is no input.
    assertThat(wire.high).isFalse();
    set(DATA, 'y');
    assertThat(wire.high).isTrue();
  }

  @Test
  void aDriverThatReadsIirKeepsTheTransmittersInterruptUntilItIsIdentified() {
    get(IIR);
    set(IER, 2);
    get(LSR);
    assertThat(wire.high).isTrue();
    assertThat(get(IIR)).isEqualTo(0x02);
  }

  @Test
  void interruptsAreIdentifiedByPriority() {
    set(MCR, 0x10);
    set(MCR, 0x1f); // All inputs change: modem status.
    set(DATA, 'a');
    set(DATA, 'b'); // One byte too many: overrun.
    set(IER, 0x0f);
    assertThat(get(IIR)).isEqualTo(0x06);
    assertThat(get(LSR)).isEqualTo(0x63);
    assertThat(get(LSR)).isEqualTo(0x61);
    assertThat(get(IIR)).isEqualTo(0x04);
    assertThat(get(DATA)).isEqualTo('a');
    assertThat(get(IIR)).isEqualTo(0x02);
    assertThat(get(IIR)).isEqualTo(0x00);
    get(MSR);
    assertThat(get(IIR)).isEqualTo(0x01);
    assertThat(wire.high).isFalse();
  }

  @Test
  void loopbackWiresModemOutputsToInputsAndKeepsBytesInside() {
    set(MCR, 0x1a); // Linux's probe: loop, OUT2 and RTS must show as DCD and CTS.
    assertThat(get(MSR) & 0xf0).isEqualTo(0x90);
    set(DATA, 'z');
    assertThat(console.printed()).isEmpty();
    assertThat(get(LSR) & 1).isOne();
    assertThat(get(DATA)).isEqualTo('z');
    set(MCR, 0x14);
    get(MSR);
    set(MCR, 0x10);
    assertThat(get(MSR)).isEqualTo(0x04); // The ring has ended.
    set(MCR, 0x00);
    assertThat(get(MSR)).isEqualTo(0xbb);
    assertThat(get(MSR)).isEqualTo(0xb0);
  }

  @Test
  void hostInputStaysOutOfALoopbackTest() {
    set(IER, 1);
    set(MCR, 0x10);
    console.type("q");
    assertThat(get(LSR) & 1).isZero();
    set(MCR, 0x00);
    assertThat(get(DATA)).isEqualTo('q');
  }

  @Test
  void aWiderAccessReachesTheOneRegisterAtItsAddress() {
    assertThat(uart.decodes(0, 4, true)).isTrue();
    uart.write(0, 4, 0x44434241);
    assertThat(console.printed()).isEqualTo("A");
    assertThat(uart.read(4, 4)).isZero();
    assertThat(uart.decodes(2, 4, false)).isFalse();
    assertThat(uart.decodes(8, 1, false)).isFalse();
  }

  @Test
  void restoredStateIsTheSameMachine() {
    enableFifo(2);
    set(IER, 1);
    set(LCR, 0x13);
    set(SCR, 0x77);
    console.type("hi");
    Uart16550.State state = uart.state();
    Wire other = new Wire();
    Uart16550 copy = new Uart16550("uart0", new TypedConsole(), other);
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    assertThat(other.high).isTrue();
    assertThat(copy.read(DATA, 1)).isEqualTo('h');
    assertThat(copy.read(DATA, 1)).isEqualTo('i');
    assertThat(other.high).isFalse();
  }

  @Test
  void whatIsTypedWhileTheMachineStandsStillWaits() {
    set(IER, 1);
    uart.pause();
    console.type("x");
    assertThat(uart.state().fifo()).isEmpty();
    uart.resume();
    assertThat(uart.read(DATA, 1)).isEqualTo('x');
  }

  @Test
  void restoredStateAsksForWhatTheSavedMachineHadNoRoomFor() {
    set(IER, 1);
    console.type("hi");
    Uart16550.State state = uart.state();
    Uart16550 copy = new Uart16550("uart0", console, new Wire());
    copy.restore(state);
    assertThat(copy.read(DATA, 1)).isEqualTo('h');
    assertThat(copy.read(DATA, 1)).isEqualTo('i');
  }
}

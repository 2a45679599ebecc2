package atoll.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A small system is made, talked to, looked into and ended by the library. */
@ParameterizedClass
@MethodSource("atoll.api.Engines#names")
class HelloSystemTest {
  /** Never comes to its end in a test that passes. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  /** In a test that waits for what does not come. */
  private static final Duration SHORT = Duration.ofMillis(30);

  private static final long RAM = 0x8000_0000L;

  @Parameter String engine;
  private AtollSystem system;
  private Vm vm;
  private Console console;

  @BeforeEach
  void start() {
    system = hello().start();
    vm = system.vm();
    console = vm.console();
    console.expect("> ", LIMIT);
  }

  private VmBuilder hello() {
    return Atoll.hello().memory("16M").engine(engine);
  }

  @AfterEach
  void close() {
    system.close();
  }

  @Test
  void itTalksAndEndsWithACode() {
    assertThat(console.text()).contains("Hello from a bare-metal RISC-V guest.");
    console.sendLine("echo one two");
    assertThat(console.expect(Pattern.compile("^one (\\w+)$"), LIMIT).group(1)).isEqualTo("two");
    console.sendLine("poweroff 3");
    assertThat(vm.awaitEnd(LIMIT)).isEqualTo(new Ending.PoweredOff(3));
    assertThat(system.awaitEnd(LIMIT)).isEqualTo(Map.of("vm", new Ending.PoweredOff(3)));
    assertThat(vm.state()).isEqualTo(VmState.ENDED);
    assertThat(vm.lives()).isEqualTo(1);
    assertThatThrownBy(() -> console.send("x"))
        .isInstanceOf(AtollException.class)
        .hasMessage("vm is ended, and nobody reads what is typed; start it first");
  }

  @Test
  void eachExpectationLooksBehindTheLast() {
    console.sendLine("echo again");
    console.expect("again", LIMIT); // the echo
    console.expect("again", LIMIT);
    assertThat(console.find(Pattern.compile("again"), SHORT)).isEmpty();
    console.sendLine("echo skipped");
    console.expect("skipped", LIMIT);
    console.expect("> ", LIMIT);
    console.skip();
    assertThat(console.find(Pattern.compile("skipped|>"), SHORT)).isEmpty();
  }

  @Test
  void whatIsNotPrintedInTimeIsSaidWithTheConsolesTail() {
    ExpectationException failure =
        catchThrowableOfType(
            ExpectationException.class, () -> console.expect("never printed", SHORT));
    assertThat(failure.reason()).isEqualTo(ExpectationException.Reason.TIME);
    assertThat(failure)
        .hasMessageStartingWith("vm has not printed 'never printed' within 30 ms of guest time")
        .hasMessageContaining("    Hello from a bare-metal RISC-V guest.");
    assertThat(failure.tail()).endsWith("> ");
  }

  @Test
  void nobodyWaitsForAGuestThatHasEnded() {
    console.sendLine("poweroff");
    ExpectationException failure =
        catchThrowableOfType(
            ExpectationException.class, () -> console.expect("never printed", LIMIT));
    assertThat(failure.reason()).isEqualTo(ExpectationException.Reason.ENDED);
    assertThat(failure)
        .hasMessageStartingWith("vm switched itself off, and has not printed 'never printed'");
  }

  @Test
  void guestTimeStandsStillInAPauseAndTheHostsTimeEndsTheWait() {
    try (AtollSystem second = hello().hostGrace(SHORT).start()) {
      second.vm().console().expect("> ", LIMIT);
      second.vm().pause();
      Duration still = second.time();
      ExpectationException failure =
          catchThrowableOfType(
              ExpectationException.class, () -> second.vm().console().expect("never", SHORT));
      assertThat(failure.reason()).isEqualTo(ExpectationException.Reason.HOST_TIME);
      assertThatThrownBy(() -> second.runFor(SHORT)).hasMessageContaining("have not gone by");
      assertThat(second.time()).isEqualTo(still);
    }
  }

  @Test
  void guestTimeGoesByWhileSomethingRuns() {
    vm.pause();
    Duration still = system.time();
    vm.resume();
    system.runFor(SHORT);
    assertThat(system.time()).isGreaterThanOrEqualTo(still.plus(SHORT));
  }

  @Test
  void memoryIsReadAndChangedWhileItRuns() {
    Memory memory = vm.memory();
    long place = RAM + (8 << 20) + 5;
    memory.writeLong(place, 0x1122_3344_5566_7788L);
    assertThat(memory.read(place, 3)).containsExactly(0x88, 0x77, 0x66);
    assertThat(memory.readInt(place + 4)).isEqualTo(0x1122_3344);
    memory.writeInt(place, -1);
    assertThat(memory.readLong(place)).isEqualTo(0x1122_3344_ffff_ffffL);
    assertThat(memory.readByte(place)).isEqualTo((byte) -1);
    assertThat(memory.read(RAM, 16 << 20)).hasSize(16 << 20);
    assertThatThrownBy(() -> memory.read(RAM + (16 << 20) - 1, 2))
        .isInstanceOf(AtollException.class)
        .hasMessage(
            "vm has no memory of 2 bytes at 0x80ffffff; its RAM is at 0x80000000 to 0x80ffffff");
    assertThatThrownBy(() -> memory.write(0x1000_0000, new byte[1]))
        .isInstanceOf(AtollException.class);
  }

  /** The guest's own text is in its memory, and it prints what is there. */
  @Test
  void whatIsChangedIsWhatTheGuestUses() {
    byte[] all = vm.memory().read(RAM, 1 << 20);
    int at = new String(all, StandardCharsets.ISO_8859_1).indexOf("the machine's clock");
    assertThat(at).isPositive();
    vm.memory().write(RAM + at, "a changed text     ".getBytes(StandardCharsets.US_ASCII));
    console.sendLine("help");
    console.expect("a changed text", LIMIT);
  }

  @Test
  void registersAreThoseOfAPausedHart() {
    List<Registers> registers = vm.registers();
    assertThat(registers).hasSize(1);
    assertThat(registers.getFirst().pc()).isBetween(RAM, RAM + (16 << 20));
    assertThat(registers.getFirst().toString()).startsWith("hart 0\n   pc 00000000800");
    assertThat(vm.state()).isEqualTo(VmState.RUNNING);
    vm.pause();
    long before = vm.register(0, "s11");
    vm.setRegister(0, "s11", 42);
    assertThat(vm.register(0, "x27")).isEqualTo(42);
    vm.setRegister(0, "s11", before);
    assertThat(vm.register(0, "mstatus")).isNotZero();
    assertThat(vm.state()).isEqualTo(VmState.PAUSED);
    vm.resume();
    assertThatThrownBy(() -> vm.register(0, "a9"))
        .isInstanceOf(AtollException.class)
        .hasMessageStartingWith("no register 'a9'");
    assertThatThrownBy(() -> vm.register(1, "a0"))
        .isInstanceOf(AtollException.class)
        .hasMessage("vm has no vCPU 1; its only vCPU is 0");
    console.sendLine("echo goes on");
    console.expect("goes on", LIMIT);
  }

  @Test
  void placesHaveTheNamesOfTheProgram() {
    long place = vm.addressOf("main");
    assertThat(vm.nameOf(place)).contains("main");
    assertThat(vm.nameOf(place + 4)).contains("main+0x4");
    assertThat(vm.nameOf(42)).isEmpty();
    assertThat(vm.nameOf(vm.register(0, "pc"))).isPresent();
    assertThatThrownBy(() -> vm.addressOf("no_such_name"))
        .isInstanceOf(AtollException.class)
        .hasMessage("there is no 'no_such_name' in what vm runs");
  }

  @Test
  void anotherLifeFollowsAResetOrAStart() {
    console.send("unfinished");
    console.expect("unfinished", LIMIT);
    vm.reset();
    console.expect(Pattern.compile("^Hello from"), LIMIT);
    vm.stop();
    assertThat(vm.state()).isEqualTo(VmState.STOPPED);
    assertThat(vm.ending()).contains(new Ending.WasStopped());
    vm.start();
    console.expect("Hello from", LIMIT);
    assertThat(vm.lives()).isEqualTo(3);
    assertThat(vm.ending()).isEmpty();
  }

  @Test
  void systemsBesideEachOtherShareNothing() {
    try (AtollSystem second = hello().name("other").start()) {
      second.vm().console().expect("> ", LIMIT);
      second.vm().console().sendLine("poweroff");
      assertThat(second.vm("other").awaitEnd(LIMIT).success()).isTrue();
    }
    console.sendLine("echo still here");
    console.expect(Pattern.compile("^still here$"), LIMIT);
  }

  @Test
  void statisticsCountWhatItDoes() {
    console.sendLine("trap");
    console.expect("> ", LIMIT);
    VmStatistics statistics = vm.statistics();
    assertThat(statistics.instructions()).isPositive();
    assertThat(statistics.exits("mmio-write")).isPositive();
    assertThat(statistics.exits("no such reason")).isZero();
    assertThat(statistics.devices())
        .filteredOn(device -> device.writes() > 0)
        .extracting(VmStatistics.DeviceAccesses::base)
        .contains(0x1000_0000L);
  }

  @Test
  void aLongTextIsTypedAsTheGuestTakesIt() {
    for (int n = 0; n < 60; n++) {
      console.send("echo " + "x".repeat(60) + "\r");
    }
    console.sendLine("echo typed all");
    console.expect(Pattern.compile("^typed all$"), LIMIT);
  }

  @Test
  void whatCannotBeMadeIsSaidInOneSentence() {
    assertThatThrownBy(() -> Atoll.kernel(Path.of("no", "such")).start())
        .isInstanceOf(AtollException.class)
        .hasMessageContaining("no/such");
    assertThatThrownBy(() -> Atoll.builtin("helo").start())
        .isInstanceOf(AtollException.class)
        .hasMessageStartingWith("there is no program 'helo' in Atoll, expected one of [hello,");
    assertThatThrownBy(() -> Atoll.hello().memory("12 apples"))
        .isInstanceOf(AtollException.class)
        .hasMessage("'12 apples' is not a size, expected 256M or the like");
    assertThatThrownBy(() -> Atoll.hello().cpus(0).start()).isInstanceOf(AtollException.class);
    assertThatThrownBy(() -> system.vm("other"))
        .isInstanceOf(AtollException.class)
        .hasMessage("there is no VM 'other', expected one of [vm]");
  }
}

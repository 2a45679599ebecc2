package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The guest that proves an installation answers on its console. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class HelloGuestTest {
  @Parameter Engine engine;
  private TestVm vm;

  @BeforeEach
  void boot() {
    vm = TestVm.guest(engine, "hello", 2, "");
  }

  @AfterEach
  void close() {
    vm.close();
  }

  private String answer(String command) throws InterruptedException {
    vm.console().type(command + "\r");
    vm.console().await("\r\n", LIMIT); // the command's own echo
    return vm.console().await("> ", LIMIT);
  }

  @Test
  void itGreetsAndSaysHowToLeave() throws InterruptedException {
    String greeting = vm.console().await("> ", LIMIT);
    assertThat(greeting.lines().findFirst().orElseThrow()).contains("poweroff", "Ctrl-a x");
    assertThat(greeting).contains("hart 0 of 2 in machine mode", "rv64abcdfhimsu");
  }

  @Test
  void itAnswersCommands() throws InterruptedException {
    vm.console().await("> ", LIMIT);
    assertThat(answer("echo one two")).startsWith("one two\r\n");
    assertThat(answer("nonsense")).contains("try help");
    assertThat(answer("help")).contains("poweroff [CODE]");
    assertThat(answer("isa")).contains("rv64");
  }

  @Test
  void itsTrapsAreHandledAndItGoesOn() throws InterruptedException {
    vm.console().await("> ", LIMIT);
    String traps = answer("trap");
    assertThat(traps)
        .contains("illegal instruction (mcause 2", "mtval ffffffff", "environment call from M")
        .contains("load access fault (mcause 5", "mtval 8), handled");
    assertThat(answer("echo still here")).contains("still here");
    assertThat(vm.statistics().unmapped()).isEqualTo(1);
  }

  @Test
  void itsTimeGoesForward() throws InterruptedException {
    vm.console().await("> ", LIMIT);
    long first = ticks(answer("time"));
    assertThat(ticks(answer("time"))).isGreaterThan(first);
  }

  private static long ticks(String line) {
    return Long.parseLong(line.replaceFirst("(?s).*time = (\\d+).*", "$1"));
  }

  @Test
  void poweroffEndsTheMachineWithItsCode() throws InterruptedException {
    vm.console().await("> ", LIMIT);
    vm.console().type("poweroff 3\r");
    assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(3));
  }

  @Test
  void whatIsTypedBeforeItIsUpIsNotLost() throws InterruptedException {
    vm.console().type("poweroff\r");
    assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
  }
}

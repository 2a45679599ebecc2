package atoll.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Systems of several VMs that a program describes. */
@ParameterizedClass
@MethodSource("atoll.api.Engines#names")
class PlatformSystemTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  @Parameter String engine;

  private VmBuilder guest(String program) {
    return Atoll.builtin(program).memory("32M").engine(engine);
  }

  @Test
  void vmsShareAChannelANetworkAndACpu() {
    try (AtollSystem system =
        Atoll.system()
            .cpus(1)
            .memory("128M")
            .vm("cluster", guest("cluster").service().watchdog(Duration.ofMinutes(5)))
            .vm("left", guest("hello").nic("lan"))
            .vm("right", guest("hello").nic("lan").autostart(false).restartOnFailure(3))
            .oneWayChannel("vehicle", "4K", "cluster", "left")
            .channel("both", "8K", "left", "right")
            .network("lan")
            .start()) {
      assertThat(system.vms()).extracting(Vm::name).containsExactly("cluster", "left", "right");
      system.vm("cluster").console().expect("published in channel vehicle", LIMIT);
      system.vm("left").console().expect("> ", LIMIT);
      system.vm("left").link(0, false);
      assertThat(system.vm("right").state()).isEqualTo(VmState.READY);
      system.vm("right").start();
      system.vm("right").console().expect("> ", LIMIT);
      system.vm("right").console().sendLine("poweroff 3");
      system.vm("right").console().expect("Hello from", LIMIT);
      assertThat(system.vm("right").lives()).isEqualTo(2);
    }
  }

  @Test
  void eachHartHasACpuOfItsOwnUnlessTheyShare() {
    VmBuilder two = guest("hello").cpus(2);
    try (AtollSystem system = Atoll.system().vm("a", two).vm("b", two).start()) {
      system.vms().forEach(vm -> vm.console().expect("hart 0 of 2", LIMIT));
    }
  }

  @Test
  void whatDoesNotFitIsSaidInSentences() {
    PlatformBuilder system = Atoll.system();
    assertThatThrownBy(system::create)
        .isInstanceOf(AtollException.class)
        .hasMessage("there is no VM in the system, expected one at least");
    system.vm("a", guest("hello").nic("lna")).network("lan").channel("c", "4K", "a", "b");
    assertThatThrownBy(() -> system.vm("a", guest("hello")))
        .hasMessage("there is a VM 'a' already, expected another name");
    assertThatThrownBy(system::create)
        .isInstanceOf(AtollException.class)
        .hasMessageContaining("channels.c.between.b: there is no VM 'b'")
        .hasMessageContaining("vms.a.nics[0]: there is no network 'lna', expected lan");
    assertThatThrownBy(() -> Atoll.system().memory("16M").vm("a", guest("hello")).create())
        .isInstanceOf(AtollException.class)
        .hasMessageContaining("vms.a.memory: 32M do not fit");
    assertThatThrownBy(() -> guest("hello").nic("lan").create())
        .hasMessageStartingWith("there is no network 'lan', expected one of a system");
  }
}

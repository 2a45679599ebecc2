package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import atoll.scenario.CpuTable.Claim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuTableTest {
  @TempDir private Path folder;

  /** The claims to the one CPU. */
  private List<Claim> claims(String policy, String... vms) throws IOException {
    StringBuilder text = new StringBuilder("machine: {memory: 1G, cpus: [" + policy + "]}\nvms:\n");
    for (String vm : vms) {
      text.append("  ").append(vm).append('\n');
    }
    Scenario scenario = ScenarioReader.read(Files.writeString(folder.resolve("test.yaml"), text));
    return ScenarioPlan.of(scenario).cpus().cpus().getFirst().claims();
  }

  private static String vm(String name, String keys) {
    return "%s: {builtin: hello, memory: 1M, %s}".formatted(name, keys);
  }

  private static Claim claim(List<Claim> claims, String vm) {
    return claims.stream().filter(claim -> claim.vm().equals(vm)).findFirst().orElseThrow();
  }

  @Test
  void aDedicatedCpuIsWholly() throws IOException {
    assertThat(claims("dedicated", vm("a", "vcpus: 1")))
        .singleElement()
        .satisfies(claim -> assertThat(claim.share()).hasValue(1));
  }

  @Test
  void turnsAreEqualForEveryVcpu() throws IOException {
    assertThat(claims("round-robin", vm("a", "vcpus: 3"), vm("b", "vcpus: 1")))
        .hasSize(4)
        .allSatisfy(claim -> assertThat(claim.share()).hasValue(0.25));
  }

  @Test
  void fairSharesFollowTheWeightsOfVcpus() throws IOException {
    List<Claim> claims =
        claims(
            "fair",
            vm("a", "schedule: {weight: 100}"),
            vm("b", "vcpus: 2, schedule: {weight: 150}"));
    assertThat(claim(claims, "a").share()).hasValue(0.25);
    assertThat(claim(claims, "b").share()).hasValue(0.375);
  }

  @Test
  void sharesOfAPoolAreOfAllItsCpusAndAtMostAWholeOne() throws IOException {
    String small = vm("a", "affinity: [0, 2], schedule: {weight: 50}");
    String large = vm("b", "affinity: 0, schedule: {weight: 300}");
    List<Claim> claims = claims("pool, dedicated, pool", small, large);
    assertThat(claim(claims, "a").share()).hasValue(0.25);
    assertThat(claim(claims, "b").share()).hasValue(1);
  }

  @Test
  void aTimetableGivesWindowsByTheirLength() throws IOException {
    List<Claim> claims =
        claims(
            "{policy: cyclic, frame: 20ms, windows: [{vm: a, offset: 0ms, duration: 2ms},"
                + " {vm: b, offset: 2ms, duration: 8ms}, {vm: a, offset: 10ms, duration: 2ms}]}",
            vm("a", "vcpus: 2"),
            vm("b", "vcpus: 1"));
    assertThat(claim(claims, "a").share().orElseThrow()).isEqualTo(0.1, within(1e-12));
    assertThat(claim(claims, "b").share().orElseThrow()).isEqualTo(0.4, within(1e-12));
  }

  @Test
  void aBudgetIsKeptIfThoseBeforeItLeaveEnough() throws IOException {
    List<Claim> claims =
        claims(
            "priority",
            vm("high", "schedule: {priority: 9, budget: 1ms, period: 4ms}"),
            vm("low", "schedule: {priority: 8, budget: 5ms, period: 10ms}"),
            vm("rest", "schedule: {priority: 7}"));
    assertThat(claim(claims, "high").within()).contains(Duration.ofMillis(1));
    assertThat(claim(claims, "low").within()).contains(Duration.ofMillis(8));
    assertThat(claim(claims, "low").kept()).isTrue();
    assertThat(claim(claims, "low").share()).hasValue(0.5);
    assertThat(claim(claims, "rest").within()).isEmpty();
    assertThat(claim(claims, "rest").share()).isEmpty();
    assertThat(claim(claims, "rest").kept()).isFalse();
  }

  @Test
  void aBudgetIsNotKeptBehindSomebodyWithoutOne() throws IOException {
    List<Claim> claims =
        claims(
            "priority",
            vm("greedy", "schedule: {priority: 8}"),
            vm("low", "schedule: {priority: 8, budget: 5ms, period: 10ms}"));
    assertThat(claim(claims, "low").within()).isEmpty();
    assertThat(claim(claims, "low").kept()).isFalse();
  }

  @Test
  void aBudgetIsNotKeptIfThePrioritiesAreTheWrongWayRound() throws IOException {
    List<Claim> claims =
        claims(
            "priority",
            vm("slow", "schedule: {priority: 9, budget: 5ms, period: 20ms}"),
            vm("quick", "schedule: {priority: 8, budget: 1ms, period: 4ms}"));
    assertThat(claim(claims, "quick").kept()).isFalse();
    assertThat(claim(claims, "quick").within()).contains(Duration.ofMillis(6));
  }

  @Test
  void equalPrioritiesDelayEachOther() throws IOException {
    List<Claim> claims =
        claims("priority", vm("a", "vcpus: 2, schedule: {budget: 2ms, period: 10ms}"));
    assertThat(claims)
        .allSatisfy(claim -> assertThat(claim.within()).contains(Duration.ofMillis(6)));
  }

  @Test
  void whatIsPromisedOfACpuIsTheSum() throws IOException {
    String text =
        """
        machine: {memory: 1G, cpus: [priority, fair]}
        vms:
          a: {builtin: hello, memory: 1M, affinity: 0, schedule: {budget: 1ms, period: 4ms}}
          b: {builtin: hello, memory: 1M, affinity: 0, schedule: {budget: 1ms, period: 2ms}}
          c: {builtin: hello, memory: 1M, affinity: 0}
        """;
    Scenario scenario = ScenarioReader.read(Files.writeString(folder.resolve("test.yaml"), text));
    assertThat(ScenarioPlan.of(scenario).cpus().cpus())
        .extracting(CpuTable.Cpu::promised)
        .containsExactly(0.75, 0.0);
  }
}

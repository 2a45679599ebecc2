package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.manager.Manager;
import atoll.manager.MmuComparison;
import atoll.manager.MmuWorkload;
import atoll.manager.PlanAction;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A guest that checks every page it touches comes through under each technique, as counted. */
@Tag("slow")
class MmuGuestTest {
  private static MmuComparison compare(MmuWorkload workload) {
    return new Manager(Clock.host(), Effects.host(), name -> null)
        .perform(new PlanAction.CompareMmus("auto", List.of(workload), 1));
  }

  private static MmuComparison.Trial of(MmuComparison comparison, String technique) {
    Predicate<MmuComparison.Trial> wanted = trial -> trial.technique().equals(technique);
    return comparison.trials().stream().filter(wanted).findFirst().orElseThrow();
  }

  @Test
  void copyOnWriteCostsExitsWhereTheHypervisorKeepsTablesOfItsOwn() {
    MmuComparison fork = compare(MmuWorkload.FORK);
    assertThat(of(fork, "folded").mmu().allExits()).isZero();
    assertThat(of(fork, "nested").mmu().allExits()).isZero();
    assertThat(of(fork, "vtlb").mmu().exits().get("table write")).isZero();
    assertThat(of(fork, "vtlb").mmu().exits().get("guest fault")).isPositive();
    assertThat(of(fork, "shadow").mmu().exits().get("table write")).isPositive();
    assertThat(of(fork, "shadow").mmu().tableBytes()).isPositive();
    assertThat(of(fork, "direct").mmu().exits().get("update"))
        .as("a call for each fault, and for a batch of a copied space")
        .isBetween(
            of(fork, "vtlb").mmu().exits().get("guest fault"),
            of(fork, "shadow").mmu().exits().get("table write"));
    assertThat(of(fork, "direct").mmu().tableBytes()).isZero();
    assertThat(of(fork, "direct").mmu().secondReferences()).isZero();
  }

  @Test
  void addressSpacesOutliveASwitchInShadowsButNotInAVirtualTlb() {
    MmuComparison switches = compare(MmuWorkload.SWITCH);
    long virtual = of(switches, "vtlb").mmu().exits().get("miss");
    long shadow = of(switches, "shadow").mmu().exits().get("miss");
    assertThat(virtual).isGreaterThan(100 * shadow);
    assertThat(of(switches, "nested").mmu().misses())
        .isEqualTo(of(switches, "folded").mmu().misses());
    assertThat(of(switches, "direct").mmu().exits().get("address space")).isPositive();
    assertThat(of(switches, "direct").mmu().exits().get("update")).isLessThan(1000);
  }

  @Test
  void aSecondStageCostsReferencesAndNoExits() {
    MmuComparison random = compare(MmuWorkload.RANDOM);
    assertThat(of(random, "nested").mmu().referencesPerMiss())
        .isGreaterThan(3 * of(random, "folded").mmu().referencesPerMiss());
    assertThat(of(random, "shadow").mmu().exits().get("miss"))
        .isLessThan(of(random, "vtlb").mmu().exits().get("miss") / 10);
  }
}

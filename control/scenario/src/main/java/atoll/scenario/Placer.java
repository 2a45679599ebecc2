package atoll.scenario;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Chooses physical CPUs for the vCPUs whose user has not: in the order of the file, each on the CPU
 * with the fewest so far, the lowest number first. A dedicated CPU is chosen only while it is free,
 * one with a timetable only for VMs that are in it.
 */
final class Placer {
  private final List<PcpuDescription> cpus;
  private final int[] load;

  private Placer(List<PcpuDescription> cpus) {
    this.cpus = cpus;
    load = new int[cpus.size()];
  }

  static List<VmDescription> complete(PlatformDescription machine, List<VmReader.Draft> drafts) {
    Placer placer = new Placer(machine.cpus());
    drafts.stream()
        .filter(VmReader.Draft::placed)
        .flatMap(draft -> draft.vm().build().affinity().stream())
        .filter(cpu -> cpu < machine.cpus().size())
        .forEach(cpu -> placer.load[cpu]++);
    return drafts.stream()
        .map(draft -> draft.placed() ? draft.vm().build() : placer.place(draft.vm()))
        .toList();
  }

  private VmDescription place(VmDescription.Builder draft) {
    VmDescription vm = draft.build();
    List<Integer> affinity = new ArrayList<>();
    for (int vcpu = 0; vcpu < vm.vcpus(); vcpu++) {
      int cpu = choose(vm.name());
      load[cpu]++;
      affinity.add(cpu);
    }
    return draft.affinity(affinity).build();
  }

  private int choose(String vm) {
    List<Predicate<PcpuDescription>> wishes =
        List.of(
            cpu -> windowed(cpu, vm),
            cpu -> shared(cpu),
            cpu -> load[cpu.number()] == 0 && cpu.policy() instanceof CpuPolicy.Dedicated,
            cpu -> true);
    return wishes.stream()
        .flatMapToInt(wish ->
            cpus.stream()
                .filter(wish)
                .mapToInt(PcpuDescription::number)
                .boxed()
                .min(Comparator.comparingInt(cpu -> load[cpu]))
                .stream()
                .flatMapToInt(IntStream::of))
        .findFirst()
        .orElseThrow();
  }

  private static boolean windowed(PcpuDescription cpu, String vm) {
    return cpu.policy() instanceof CpuPolicy.Cyclic cyclic
        && cyclic.windows().stream().anyMatch(window -> window.vm().equals(vm));
  }

  private static boolean shared(PcpuDescription cpu) {
    return !(cpu.policy() instanceof CpuPolicy.Dedicated)
        && !(cpu.policy() instanceof CpuPolicy.Cyclic);
  }
}

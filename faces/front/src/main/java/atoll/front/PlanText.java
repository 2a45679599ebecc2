package atoll.front;

import atoll.image.ByteSize;
import atoll.image.Words;
import atoll.scenario.ChannelDescription;
import atoll.scenario.FlowMatrix;
import atoll.scenario.FlowMatrix.Flow;
import atoll.scenario.NetworkDescription;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.TimeAmount;
import atoll.scenario.VmDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The plan of a scenario, for a person. */
final class PlanText {
  private PlanText() {}

  /** A line that says what the scenario holds, and tables. */
  static String of(ScenarioPlan plan) {
    return summary(plan)
        + '\n'
        + machines(plan.scenario())
        + MemoryText.of(plan.memory())
        + CpuText.of(plan.cpus())
        + flows(plan)
        + outside(plan);
  }

  /** One line that says what a scenario holds. */
  static String summary(ScenarioPlan plan) {
    Scenario scenario = plan.scenario();
    return "%s: %s and %s of memory (%s given out); %s; %s"
        .formatted(
            scenario.name(),
            count(scenario.platform().cpus().size(), "CPU"),
            ByteSize.rounded(plan.memory().size()),
            ByteSize.rounded(plan.memory().used()),
            listed("VM", scenario.vms().stream().map(VmDescription::name).toList()),
            listed("channel", scenario.channels().stream().map(ChannelDescription::name).toList())
                + networks(scenario));
  }

  private static String networks(Scenario scenario) {
    List<String> names = scenario.networks().stream().map(NetworkDescription::name).toList();
    return names.isEmpty() ? "" : "; " + listed("network", names);
  }

  private static String listed(String noun, List<String> names) {
    return names.isEmpty()
        ? "no " + noun + "s"
        : count(names.size(), noun) + ": " + String.join(", ", names);
  }

  private static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private static String machines(Scenario scenario) {
    TextTable table =
        new TextTable(
            "VM",
            "runs",
            ">vCPUs",
            ">memory",
            "console",
            "engine",
            "paging",
            "restart",
            ">watchdog",
            "starts");
    for (VmDescription vm : scenario.vms()) {
      table.row(
          vm.service() ? vm.name() + " (service)" : vm.name(),
          vm.guest().label(),
          String.valueOf(vm.vcpus()),
          ByteSize.rounded(vm.memory()),
          Words.of(vm.console()),
          vm.engine(),
          Words.of(vm.paging()),
          Words.of(vm.restart().when()),
          vm.watchdog().map(TimeAmount::format).orElse("-"),
          vm.autostart() ? "at once" : "when told");
    }
    return table.under("VMs");
  }

  private static String flows(ScenarioPlan plan) {
    List<String> names = plan.scenario().vms().stream().map(VmDescription::name).toList();
    List<String> header = new ArrayList<>(names);
    header.addFirst("from \\ to");
    TextTable table = new TextTable(header.toArray(String[]::new));
    for (String from : names) {
      List<String> row = new ArrayList<>(List.of(from));
      names.forEach(to -> row.add(from.equals(to) ? "" : reach(plan.flows().between(from, to))));
      table.row(row);
    }
    return table.under("Who can reach whom, and by what");
  }

  private static String reach(List<Flow> flows) {
    return flows.isEmpty()
        ? "-"
        : flows.stream().map(PlanText::means).collect(Collectors.joining(", "));
  }

  private static String means(Flow flow) {
    return switch (flow.means()) {
      case DATA -> flow.via() + " (data, bell)";
      case MEMORY -> flow.via() + " (data)";
      case BUS -> flow.via() + " (i2c)";
      case NETWORK -> flow.via() + " (network)";
      case STREAMS -> flow.via() + " (streams)";
      case DOORBELL -> flow.via() + " (bell)";
      case TIME -> flow.via() + " (delay)";
    };
  }

  private static String outside(ScenarioPlan plan) {
    TextTable table = new TextTable("VM", "exchanges data with the host by");
    for (VmDescription vm : plan.scenario().vms()) {
      List<String> links =
          plan.flows().outside().stream()
              .filter(link -> link.vm().equals(vm.name()))
              .map(FlowMatrix.HostLink::what)
              .toList();
      table.row(vm.name(), links.isEmpty() ? "nothing" : String.join(", ", links));
    }
    return table.under("What connects them with the host");
  }
}

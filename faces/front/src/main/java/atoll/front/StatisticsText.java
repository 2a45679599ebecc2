package atoll.front;

import atoll.device.Channel;
import atoll.device.MmioBus;
import atoll.engine.MmuKind;
import atoll.engine.MmuStatistics;
import atoll.engine.TranslationStatistics;
import atoll.virtio.VirtioServed;
import atoll.virtio.VirtioTransport;
import atoll.vmm.VmStatistics;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;

/** A machine's statistics for a person. */
final class StatisticsText {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long LONG_MILLIS = 100;
  private static final int MOST_OPERATIONS = 10;

  /** The part of the promised time that passes for all of it: exits wait now and then. */
  private static final double ENOUGH = 0.95;

  /** A smaller shortfall is not reported. */
  private static final long NOTABLE_NANOS = 10 * NANOS_PER_MILLI;

  private final StringBuilder text = new StringBuilder();

  private StatisticsText() {}

  /**
   * Several lines.
   *
   * @param elapsed since the machine was started
   */
  static String of(VmStatistics statistics, Duration elapsed) {
    StatisticsText all = new StatisticsText();
    all.summary(statistics, elapsed);
    statistics.mmu().technique().ifPresent(kind -> all.mmu(kind, statistics.mmu()));
    if (statistics.translation().entries() > 0) {
      all.translation(statistics.translation());
    }
    all.exits(statistics.exits());
    all.counts("exceptions", statistics.exceptions());
    all.counts("interrupts", statistics.interrupts());
    all.counts("SBI calls", statistics.sbiCalls());
    all.devices(statistics);
    return all.text.toString();
  }

  private void summary(VmStatistics statistics, Duration elapsed) {
    double seconds = elapsed.toNanos() / 1e9;
    line(
        "instructions",
        statistics.instructions(),
        "%.1f million/s over %.3f s"
            .formatted(statistics.instructions() / 1e6 / Math.max(seconds, 1e-9), seconds));
    times(statistics);
    line("TLB fills", statistics.tlbFills(), statistics.tableWalks() + " table walks");
    line("TLB flushes", statistics.tlbFlushes(), "");
    if (statistics.resets() > 0) {
      line("resets", statistics.resets(), "");
    }
    if (statistics.unmapped() > 0) {
      line("unmapped", statistics.unmapped(), "accesses; the last: " + statistics.lastUnmapped());
    }
  }

  /** How long its vCPUs were on their CPUs, and how much of that the host has executed. */
  private void times(VmStatistics statistics) {
    long elapsed = statistics.vcpuNanos();
    long executed = statistics.hostCpuNanos();
    line("time on virtual CPUs, ms", elapsed / NANOS_PER_MILLI, "");
    if (executed > 0) {
      line("host's CPU time, ms", executed / NANOS_PER_MILLI, shortfall(elapsed, executed));
    }
    if (statistics.chargedNanos() > 0) {
      line(
          "CPU time of device threads, ms",
          statistics.chargedNanos() / NANOS_PER_MILLI,
          "paid for by the virtual CPUs");
    }
  }

  /** Whether the host gave less than it was asked for. */
  private static String shortfall(long elapsed, long executed) {
    boolean little = executed < elapsed * ENOUGH && elapsed - executed > NOTABLE_NANOS;
    return little
        ? "only %.0f %% of it: the host ran other programs meanwhile, or exits waited"
            .formatted(100.0 * executed / elapsed)
        : "";
  }

  private void mmu(MmuKind technique, MmuStatistics mmu) {
    text.append("MMU: ").append(technique.id()).append(", ").append(technique.text()).append('\n');
    line("  lost by world switches", mmu.lost(), "");
    line("  misses", mmu.misses(), "%.2f references each".formatted(mmu.referencesPerMiss()));
    line("  walks", mmu.walks(), "%,d references".formatted(mmu.references()));
    if (mmu.secondWalks() > 0) {
      line(
          "  walks of Atoll's tables",
          mmu.secondWalks(),
          "%,d references to %,d bytes of tables"
              .formatted(mmu.secondReferences(), mmu.tableBytes()));
    }
    if (mmu.allExits() > 0) {
      line("  exits", mmu.allExits(), "for:");
      present("    ", mmu.exits());
    }
  }

  private void translation(TranslationStatistics translation) {
    text.append("translator\n");
    line(
        "  blocks",
        translation.blocks(),
        "of %,d instructions".formatted(translation.blockInstructions()));
    line(
        "  regions",
        translation.regions(),
        "of %,d instructions, in place of %,d blocks; %,d refused"
            .formatted(
                translation.regionInstructions(),
                translation.tierUps(),
                translation.refusedRegions()));
    line(
        "  elsewhere",
        translation.regionsElsewhere(),
        "regions made on another thread; %,d of all were void"
            .formatted(translation.voidRegions()));
    line(
        "  of earlier runs",
        translation.loaded(),
        "blocks and regions of %,d instructions; %,d were damaged"
            .formatted(translation.loadedInstructions(), translation.damaged()));
    if (translation.shared() > 0) {
      line("  of other copies", translation.shared(), "blocks and regions");
    }
    line("  interpreted", translation.interpreted(), "instructions");
    line(
        "  code",
        translation.codeBytes(),
        "bytes made, %,d evictions".formatted(translation.evictions()));
    line("  links", translation.links(), "");
    line("  slot fills", translation.slotFills(), "");
    line("  entries", translation.entries(), "and exits for:");
    present("    ", translation.exits());
    slowest(translation.slowOperations());
    if (translation.invalidations().values().stream().anyMatch(count -> count > 0)) {
      text.append("  pages whose code was given up because of\n");
      present("    ", translation.invalidations());
    }
  }

  /** The instructions that Java has executed most for translated code. */
  private void slowest(Map<String, Long> operations) {
    if (!operations.isEmpty()) {
      text.append("  of the slow ones, most often\n");
      operations.entrySet().stream()
          .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
          .limit(MOST_OPERATIONS)
          .forEach(operation -> line("    " + operation.getKey(), operation.getValue(), ""));
    }
  }

  private void present(String indent, Map<String, Long> counts) {
    counts.forEach((name, count) -> {
      if (count > 0) {
        line(indent + name, count, "");
      }
    });
  }

  private void exits(Map<String, VmStatistics.ExitCount> exits) {
    text.append("exits\n");
    exits.forEach((reason, exit) -> {
      if (exit.count() > 0) {
        line("  " + reason, exit.count(), duration(exit));
      }
    });
  }

  private static String duration(VmStatistics.ExitCount exit) {
    String each = "%.2f us each".formatted(exit.nanos() / 1e3 / exit.count());
    return exit.longest() == 0 ? each : "%s, longest %.0f us".formatted(each, exit.longest() / 1e3);
  }

  private void counts(String title, Map<String, Long> counts) {
    if (!counts.isEmpty()) {
      text.append(title).append('\n');
      counts.forEach((name, count) -> line("  " + name, count, ""));
    }
  }

  private void devices(VmStatistics statistics) {
    text.append("devices\n");
    for (MmioBus.Statistics device : statistics.devices()) {
      if (device.reads() + device.writes() + device.faults() > 0) {
        line(
            "  " + device.device(),
            device.reads() + device.writes(),
            "%d reads, %d writes, %d faults"
                .formatted(device.reads(), device.writes(), device.faults()));
      }
    }
    for (VirtioTransport.Statistics device : statistics.virtio()) {
      if (device.notifications() > 0 || device.faults() > 0) {
        line(
            "  " + device.device(),
            device.notifications(),
            "notifications, %d interrupts, %d broken rules %s"
                .formatted(device.interrupts(), device.faults(), device.lastFault())
                .strip());
      }
    }
    for (Channel.Statistics channel : statistics.channels()) {
      line(
          "  channel " + channel.channel(),
          channel.ringsSent() + channel.ringsReceived(),
          "rings: %d sent, %d received; the other end came or went %d times"
              .formatted(channel.ringsSent(), channel.ringsReceived(), channel.peerChanges()));
    }
    served(statistics);
  }

  private void served(VmStatistics statistics) {
    for (VirtioServed.Statistics service : statistics.served()) {
      line(
          "  served " + service.service(),
          service.requests(),
          "requests: %d answered, %d waiting%s, %d sent again, %d refused; %s, %d broken rules"
              .formatted(
                  service.answers(),
                  service.waiting(),
                  silence(service),
                  service.again(),
                  service.refused(),
                  service.up() ? "its server is up" : "no server is up",
                  service.violations()));
    }
  }

  /** For how long a server has answered nothing, if that is worth a word. */
  private static String silence(VirtioServed.Statistics service) {
    long millis = service.silent() / NANOS_PER_MILLI;
    return millis < LONG_MILLIS ? "" : " (no answer for %,d ms)".formatted(millis);
  }

  private void line(String name, long count, String remark) {
    text.append("%-32s %,16d  %s".formatted(name, count, remark).stripTrailing()).append('\n');
  }
}

package atoll.vmm;

import atoll.device.Channel;
import atoll.device.MmioBus;
import atoll.engine.MmuStatistics;
import atoll.engine.TranslationStatistics;
import atoll.virtio.VirtioServed;
import atoll.virtio.VirtioTransport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Statistics of a virtual machine so far, including its resets. Numbers are taken while it runs, so
 * each is a recent one.
 *
 * @param resets how often it has started again from its images
 * @param vcpuNanos time that its vCPUs have had on their physical CPUs, guest code and exits
 *     together, as clocks tell it
 * @param hostCpuNanos CPU time that the host has given to that; 0 if it does not tell
 * @param chargedNanos CPU time of other threads that its vCPUs have paid for, such as a disk's
 * @param instructions retired by all harts
 * @param exits from guest code, by reason
 * @param exceptions traps taken by guests, by the name of their cause
 * @param interrupts traps taken by guests, by the name of the interrupt
 * @param tlbFills TLB misses that were filled
 * @param tableWalks walks of a guest's page table
 * @param tlbFlushes flushes asked for by guests
 * @param mmu how addresses were translated, and what that took
 * @param translation what the harts' engines have translated
 * @param sbiCalls hypercalls by SBI extension
 * @param devices accesses by device, in address order
 * @param virtio notifications, interrupts and broken rules by virtio device
 * @param channels rings sent and received by channel
 * @param served what was sent to those that serve its devices, by service
 * @param unmapped accesses outside RAM that met no device
 * @param lastUnmapped the latest of them in words, or empty
 */
public record VmStatistics(
    long resets,
    long vcpuNanos,
    long hostCpuNanos,
    long chargedNanos,
    long instructions,
    Map<String, ExitCount> exits,
    Map<String, Long> exceptions,
    Map<String, Long> interrupts,
    long tlbFills,
    long tableWalks,
    long tlbFlushes,
    MmuStatistics mmu,
    TranslationStatistics translation,
    Map<String, Long> sbiCalls,
    List<MmioBus.Statistics> devices,
    List<VirtioTransport.Statistics> virtio,
    List<Channel.Statistics> channels,
    List<VirtioServed.Statistics> served,
    long unmapped,
    String lastUnmapped) {

  /** Nothing done yet. */
  public static final VmStatistics NONE =
      new VmStatistics(
          0,
          0,
          0,
          0,
          0,
          Map.of(),
          Map.of(),
          Map.of(),
          0,
          0,
          0,
          MmuStatistics.NONE,
          TranslationStatistics.NONE,
          Map.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          0,
          "");

  /**
   * Exits of one reason.
   *
   * @param nanos spent on them outside guest code; for {@code halt}, waiting
   * @param longest nanoseconds that one of them held a physical CPU at a stretch
   */
  public record ExitCount(long count, long nanos, long longest) {
    static final ExitCount NONE = new ExitCount(0, 0, 0);

    ExitCount plus(ExitCount other) {
      return new ExitCount(
          count + other.count, nanos + other.nanos, Math.max(longest, other.longest));
    }
  }

  public VmStatistics {
    devices = List.copyOf(devices);
    virtio = List.copyOf(virtio);
    channels = List.copyOf(channels);
    served = List.copyOf(served);
  }

  /** What was done before and after a reset or a new start of the same machine. */
  public VmStatistics plus(VmStatistics later) {
    return new VmStatistics(
        resets + later.resets,
        vcpuNanos + later.vcpuNanos,
        hostCpuNanos + later.hostCpuNanos,
        chargedNanos + later.chargedNanos,
        instructions + later.instructions,
        exits(later.exits),
        sum(exceptions, later.exceptions),
        sum(interrupts, later.interrupts),
        tlbFills + later.tlbFills,
        tableWalks + later.tableWalks,
        tlbFlushes + later.tlbFlushes,
        mmu.plus(later.mmu),
        translation.plus(later.translation),
        sum(sbiCalls, later.sbiCalls),
        devices(later.devices),
        virtio(later.virtio),
        channels(later.channels),
        served(later.served),
        unmapped + later.unmapped,
        later.lastUnmapped.isEmpty() ? lastUnmapped : later.lastUnmapped);
  }

  /** The same with another number of resets. */
  public VmStatistics withResets(long count) {
    return new VmStatistics(
        count,
        vcpuNanos,
        hostCpuNanos,
        chargedNanos,
        instructions,
        exits,
        exceptions,
        interrupts,
        tlbFills,
        tableWalks,
        tlbFlushes,
        mmu,
        translation,
        sbiCalls,
        devices,
        virtio,
        channels,
        served,
        unmapped,
        lastUnmapped);
  }

  private Map<String, ExitCount> exits(Map<String, ExitCount> later) {
    Map<String, ExitCount> all = new LinkedHashMap<>(exits);
    later.forEach((reason, count) -> all.merge(reason, count, ExitCount::plus));
    return all;
  }

  private static Map<String, Long> sum(Map<String, Long> first, Map<String, Long> second) {
    Map<String, Long> all = new TreeMap<>(first);
    second.forEach((key, count) -> all.merge(key, count, Long::sum));
    return all;
  }

  /** A reset leaves every device where it is, so that the lists agree once there are two. */
  private List<MmioBus.Statistics> devices(List<MmioBus.Statistics> later) {
    List<MmioBus.Statistics> all = new ArrayList<>();
    for (int i = 0; i < later.size(); i++) {
      MmioBus.Statistics now = later.get(i);
      if (i < devices.size()) {
        MmioBus.Statistics before = devices.get(i);
        now =
            new MmioBus.Statistics(
                now.device(),
                now.base(),
                now.size(),
                before.reads() + now.reads(),
                before.writes() + now.writes(),
                before.faults() + now.faults());
      }
      all.add(now);
    }
    return all.isEmpty() ? devices : all;
  }

  private List<VirtioTransport.Statistics> virtio(List<VirtioTransport.Statistics> later) {
    List<VirtioTransport.Statistics> all = new ArrayList<>();
    for (int i = 0; i < later.size(); i++) {
      VirtioTransport.Statistics now = later.get(i);
      if (i < virtio.size()) {
        VirtioTransport.Statistics before = virtio.get(i);
        now =
            new VirtioTransport.Statistics(
                now.device(),
                before.notifications() + now.notifications(),
                before.interrupts() + now.interrupts(),
                before.faults() + now.faults(),
                now.lastFault().isEmpty() ? before.lastFault() : now.lastFault());
      }
      all.add(now);
    }
    return all.isEmpty() ? virtio : all;
  }

  private List<Channel.Statistics> channels(List<Channel.Statistics> later) {
    List<Channel.Statistics> all = new ArrayList<>();
    for (int i = 0; i < later.size(); i++) {
      all.add(i < channels.size() ? channels.get(i).plus(later.get(i)) : later.get(i));
    }
    return all.isEmpty() ? channels : all;
  }

  private List<VirtioServed.Statistics> served(List<VirtioServed.Statistics> later) {
    List<VirtioServed.Statistics> all = new ArrayList<>();
    for (int i = 0; i < later.size(); i++) {
      all.add(i < served.size() ? served.get(i).plus(later.get(i)) : later.get(i));
    }
    return all.isEmpty() ? served : all;
  }
}

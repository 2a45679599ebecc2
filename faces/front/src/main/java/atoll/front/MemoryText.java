package atoll.front;

import atoll.image.ByteSize;
import atoll.image.Words;
import atoll.scenario.MemoryMap;
import atoll.scenario.MemoryMap.Extent;
import atoll.scenario.MemoryMap.GuestRegion;
import atoll.vmm.BoardPlan.Kind;
import atoll.vmm.BoardPlan.Region;
import java.util.List;

/** Where memory is, for a person. */
final class MemoryText {
  private MemoryText() {}

  /** A table of the machine's memory and one of what each virtual machine sees. */
  static String of(MemoryMap memory) {
    StringBuilder text = new StringBuilder(machine(memory));
    memory.guests().forEach((vm, regions) -> text.append(guest(vm, regions)));
    return text.toString();
  }

  private static String machine(MemoryMap memory) {
    TextTable table = new TextTable(">from", ">to", ">size", "owner", "given out");
    for (Extent extent : memory.extents()) {
      String owner =
          switch (extent.use()) {
            case CHANNEL -> "channel " + extent.owner();
            case RAM -> extent.owner();
            case TABLES -> extent.owner() + " tables";
          };
      row(table, extent.hpa(), extent.bytes(), owner, Words.of(extent.policy()));
    }
    if (memory.used() < memory.size()) {
      row(table, memory.used(), memory.size() - memory.used(), "-", "free");
    }
    return table.under("Machine memory, by host-physical address");
  }

  private static void row(TextTable table, long from, long bytes, String owner, String how) {
    table.row(
        Address.text(from), Address.text(from + bytes - 1), ByteSize.rounded(bytes), owner, how);
  }

  private static String guest(String vm, List<GuestRegion> regions) {
    TextTable table =
        new TextTable(">from", ">to", ">size", "what", "access", ">interrupt", ">host-physical");
    for (GuestRegion guest : regions) {
      Region region = guest.region();
      table.row(
          Address.text(region.gpa()),
          Address.text(region.gpa() + region.size() - 1),
          ByteSize.rounded(region.size()),
          region.name(),
          access(region),
          region.interrupt() == 0 ? "-" : String.valueOf(region.interrupt()),
          guest.hpa().isPresent() ? Address.text(guest.hpa().getAsLong()) : "-");
    }
    return table.under("What %s sees, by guest-physical address".formatted(vm));
  }

  private static String access(Region region) {
    if (region.kind() == Kind.DEVICE) {
      return "registers";
    }
    String data = region.writable() ? "read, write" : "read";
    return region.kind() == Kind.WINDOW ? data : data + ", execute";
  }
}

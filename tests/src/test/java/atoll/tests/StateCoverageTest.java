package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.state.Unsaved;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing that can change is forgotten when the state of a system is taken. */
class StateCoverageTest {
  /** The registers by number: functions in a table. */
  private static final Set<String> READERS =
      Set.of("CsrFile", "HypervisorCsrs", "StateEnables", "AiaCsrs", "HartKeeper");

  @Test
  void whateverChangesInAMachineIsInItsStateOrMarkedWithTheReasonWhyNot() {
    Stream<ClassModel> all =
        Stream.of("memory", "cpu", "engine", "kernel", "device", "pci", "virtio", "vmm")
            .flatMap(module -> Road.classes(module).stream());
    assertThat(
            new StateCoverage(all, READERS)
                .forgotten(
                    "atoll/vmm/VirtualMachine",
                    "atoll/vmm/ChannelPort",
                    "atoll/vmm/SbiExtension",
                    "atoll/kernel/Microkernel",
                    "atoll/kernel/ProtectionDomain",
                    "atoll/device/MmioDevice",
                    "atoll/virtio/VirtioDevice"))
        .as("save it (docs/state.md), or mark it @Unsaved")
        .isEmpty();
  }

  // What the test is tried on.

  @SuppressWarnings("UnusedMethod")
  private static final class Root {
    private final Leaf leaf = new Leaf();
    private final List<Item> items = new ArrayList<>();
    private int counted;

    record State(int counted, int kept, int size) {}

    State state() {
      return new State(counted, leaf.kept(), items.size());
    }

    void change() {
      counted++;
      leaf.forgotten = counted;
    }
  }

  @SuppressWarnings("UnusedMethod")
  private static final class Leaf {
    private int kept;
    private int forgotten;
    private final int[] table = new int[4];

    @Unsaved("a cache, for the test")
    private int cache;

    int kept() {
      return kept;
    }

    void change() {
      kept = forgotten + table[0] + cache++;
    }
  }

  @SuppressWarnings("UnusedMethod")
  private static final class Item {
    private boolean open;

    void change() {
      open = !open;
    }
  }

  @SuppressWarnings({"UnusedMethod", "UnusedVariable"})
  @Unsaved("as a whole, for the test")
  private static final class Screen {
    private int frames;

    void change() {
      frames++;
    }
  }

  private static ClassModel parse(Class<?> type) throws IOException {
    String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(file)) {
      return ClassFile.of().parse(in.readAllBytes());
    }
  }

  @Test
  void aFieldThatIsForgottenIsFoundThroughTypesAndCallsAndMarksAreHonoured() throws IOException {
    List<ClassModel> classes =
        List.of(parse(Root.class), parse(Leaf.class), parse(Item.class), parse(Screen.class));
    String here = "atoll/tests/StateCoverageTest$";
    assertThat(
            new StateCoverage(classes.stream(), Set.of()).forgotten(here + "Root", here + "Screen"))
        .containsExactly(here + "Item.open", here + "Leaf.forgotten", here + "Leaf.table");
  }
}

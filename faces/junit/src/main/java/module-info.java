/** Systems of virtual machines in JUnit tests. */
module atoll.junit {
  requires transitive atoll.api;
  requires transitive org.junit.jupiter.api;

  exports atoll.junit;
}

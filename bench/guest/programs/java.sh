/usr/lib/jvm/java-21-openjdk-riscv64/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto Programs.java

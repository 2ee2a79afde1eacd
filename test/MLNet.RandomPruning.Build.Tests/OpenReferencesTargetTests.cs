namespace MLNet.RandomPruning.Build.Tests;

/// <summary>build/OpenReferences.targets in a real build: code of another assembly compiles against the opened copy and runs on the original.</summary>
[TestClass]
public class OpenReferencesTargetTests
{
    private const string Closed = """
        using System;
        [AttributeUsage(AttributeTargets.Assembly)]
        internal sealed class MarkAttribute : Attribute
        {
            internal MarkAttribute(Type type) => Type = type;
            internal Type Type { get; }
        }
        namespace Closed
        {
            internal sealed class Vault
            {
                internal readonly int Secret;
                internal Vault(int secret) => Secret = secret;
                internal event Action Opened;
                internal void Open() => Opened?.Invoke();
                internal static T Same<T>(T value) where T : struct => value;
                internal struct Coin { internal int Worth; }
            }
            internal interface ILatch { string Lift(); }
            public abstract class Door : ILatch
            {
                private protected Door(string name) => Name = name;
                internal string Name { get; private protected set; }
                protected internal virtual string Knock() => "door knock";
                private protected virtual string Turn() => "door turn";
                internal virtual string Look() => "door look";
                string ILatch.Lift() => "door lift";
                public string All() => Knock() + ", " + Turn() + ", " + Look();
                private sealed class Key { internal string Cut() => "cut"; }
            }
        }
        namespace System { internal struct HashCode { public static int Combine(int a, int b) => throw new InvalidOperationException("the polyfill"); } }
        """;

    private const string User = """
        using System;
        using System.Reflection;
        using System.Runtime.CompilerServices;
        using Closed;
        [assembly: IgnoresAccessChecksTo("Closed")]
        [assembly: Mark(typeof(OakDoor))]
        namespace System.Runtime.CompilerServices
        {
            [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
            internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
            {
                public string AssemblyName { get; } = assemblyName;
            }
        }
        class OakDoor : Door
        {
            public OakDoor() : base("oak") { }
            protected override string Knock() => "oak knock";
            public override string Turn() => "oak turn";
            public void Rename(string name) => Name = name;
        }
        static class Program
        {
            static void Main()
            {
                var vault = new Vault(42);
                vault.Opened += () => Console.WriteLine("opened");
                vault.Open();
                Console.WriteLine(vault.Secret);
                Console.WriteLine(Vault.Same(new Vault.Coin { Worth = 5 }).Worth);
                var door = new OakDoor();
                door.Rename("old oak");
                Console.WriteLine(door.Name);
                Console.WriteLine(door.All());
                Console.WriteLine(((ILatch)door).Lift());
                Console.WriteLine(new Door.Key().Cut());
                Console.WriteLine(Assembly.GetExecutingAssembly().GetCustomAttribute<MarkAttribute>().Type.Name);
                Console.WriteLine(HashCode.Combine(1, 2) != 0 || true);
                Console.WriteLine("public at run time: " + typeof(Vault).IsPublic);
            }
        }
        """;

    private const string Expected = """
        opened
        42
        5
        old oak
        oak knock, oak turn, door look
        door lift
        cut
        OakDoor
        True
        public at run time: False

        """;

    [TestMethod]
    public void AnOutsideProjectCompilesAndRuns()
    {
        using Workspace workspace = new();
        workspace.Write("closed/Closed.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <NoWarn>CS0436</NoWarn>
              </PropertyGroup>
            </Project>
            """);
        workspace.Write("closed/Closed.cs", Closed);
        WriteUser(workspace, "Closed");
        workspace.Write("user/User.cs", User);

        workspace.Dotnet("build", "closed/Closed.csproj", "-v", "q", "-nologo");
        string original = workspace["closed/bin/Debug/net10.0/Closed.dll"];
        workspace.Dotnet("build", "user/User.csproj", "-v", "q", "-nologo");
        Assert.AreEqual(Expected.ReplaceLineEndings("\n"), workspace.Dotnet("user/bin/Debug/net10.0/User.dll"));
        Assert.IsTrue(File.ReadAllBytes(original).AsSpan().SequenceEqual(File.ReadAllBytes(workspace["user/bin/Debug/net10.0/Closed.dll"])), "The program must get the original.");

        // Nothing changed: nothing is opened or compiled again.
        string opened = workspace["user/obj/Debug/net10.0/opened/Closed.dll"];
        DateTime first = File.GetLastWriteTimeUtc(opened);
        DateTime compiled = File.GetLastWriteTimeUtc(workspace["user/obj/Debug/net10.0/User.dll"]);
        workspace.Dotnet("build", "user/User.csproj", "-v", "q", "-nologo", "--no-restore");
        Assert.AreEqual(first, File.GetLastWriteTimeUtc(opened));
        Assert.AreEqual(compiled, File.GetLastWriteTimeUtc(workspace["user/obj/Debug/net10.0/User.dll"]));

        // Another version in another folder, with a file as old as can be: opened anew.
        Directory.CreateDirectory(workspace["other"]);
        File.Copy(original, workspace["other/Closed.dll"]);
        File.SetLastWriteTimeUtc(workspace["other/Closed.dll"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        WriteUser(workspace, "Closed", "../other/Closed.dll");
        workspace.Dotnet("build", "user/User.csproj", "-v", "q", "-nologo", "--no-restore");
        Assert.IsTrue(File.GetLastWriteTimeUtc(opened) > first);

        // Two things that must fail in words.
        WriteUser(workspace, "Closed;NotThere");
        Outcome missing = workspace.Run("dotnet", "build", "user/User.csproj", "-v", "q", "-nologo", "--no-restore");
        Assert.AreNotEqual(0, missing.Code);
        Assert.Contains("OPENREF2: User opens NotThere, but does not reference it", missing.All);
    }

    private static void WriteUser(Workspace workspace, string names, string path = "../closed/bin/Debug/net10.0/Closed.dll") =>
        workspace.Write("user/User.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                <UseAppHost>false</UseAppHost>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <Reference Include="Closed" HintPath="{path}" />
                <OpenReference Include="{names}" />
              </ItemGroup>
              <Import Project="{Path.Combine(Workspace.Repository, "build", "OpenReferences.targets")}" />
            </Project>
            """);
}

using System.IO.Compression;
using MethodAttributes = Mono.Cecil.MethodAttributes;
using TypeAttributes = Mono.Cecil.TypeAttributes;

namespace MLNet.RandomPruning.Build.Tests;

/// <summary>The way from the feed to a running program and a package, with a feed that is a folder of made packages.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public class PackagesModeTests
{
    private static readonly string Version = Workspace.CentralVersion("Microsoft.ML");

    [TestMethod]
    public void SetupFindsThePackagesAndAProjectReachesTheirInternals()
    {
        using Workspace workspace = WithFeed();
        WritePackage(workspace, "Microsoft.ML", ("Microsoft.ML.Core", "CoreInside", 20), ("Microsoft.ML.Data", "DataInside", 22));
        WritePackage(workspace, "Microsoft.ML.ImageAnalytics", ("Microsoft.ML.ImageAnalytics", "ImagesInside", 0));
        WritePackage(workspace, "TorchSharp", ("TorchSharp", "TorchInside", 0));
        WritePackage(workspace, "libtorch-cpu-linux-x64");
        workspace.Fake("uname", "if [[ \"$1\" == -m ]]; then echo x86_64; else echo Linux; fi");
        Outcome setup = workspace.Bash("build/setup.sh");
        Assert.AreEqual(0, setup.Code, setup.All);
        Assert.Contains($"setup: packages: Microsoft.ML comes from the NuGet packages; the feed carries Microsoft.ML {Version}.", setup.Output);
        Assert.Contains($"setup: packages: TorchSharp comes from the NuGet packages; the feed carries TorchSharp {Workspace.CentralVersion("TorchSharp")}.", setup.Output);
        Assert.IsEmpty(Directory.GetFileSystemEntries(workspace["build/obj"]), "The throw-away project is taken away.");

        workspace.Write("src/Inside/Inside.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <UseAppHost>false</UseAppHost>
                <UsesMLNet>true</UsesMLNet>
                <UsesMLNetInternals>true</UsesMLNetInternals>
                <Description>A program on made packages.</Description>
              </PropertyGroup>
            </Project>
            """);
        workspace.Write("src/Inside/Program.cs", """
            [assembly: System.Runtime.CompilerServices.IgnoresAccessChecksTo("Microsoft.ML.Core")]
            [assembly: System.Runtime.CompilerServices.IgnoresAccessChecksTo("Microsoft.ML.Data")]
            Console.WriteLine(Space.CoreInside.Value() + Space.DataInside.Value());
            namespace System.Runtime.CompilerServices
            {
                [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
                internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
                {
                    public string AssemblyName { get; } = assemblyName;
                }
            }
            """);
        workspace.Dotnet("build", "src/Inside", "-v", "q", "-nologo");
        Assert.AreEqual("42\n", workspace.Dotnet("src/Inside/bin/Debug/net10.0/Inside.dll"));

        workspace.Dotnet("pack", "src/Inside", "-v", "q", "-nologo", "-o", "packed");
        Assert.IsTrue(File.Exists(workspace["packed/Inside.0.1.0.nupkg"]));
        AssertStandinsAreNotPacked(workspace);
    }

    [TestMethod]
    public void AFeedWithoutThePackagesMeansStandins()
    {
        using Workspace workspace = WithFeed();
        workspace.Fake("ldconfig", "echo libturbojpeg.so.0");
        Outcome setup = workspace.Bash("build/setup.sh");
        Assert.AreEqual(0, setup.Code, setup.All);
        Assert.Contains($"setup: standins: Microsoft.ML comes from build/standins; the feed cannot restore Microsoft.ML {Version} (NU1101: Unable to find package Microsoft.ML.", setup.Output);
        string written = File.ReadAllText(workspace["build/Packages.props"]);
        Assert.Contains("<MLNetSource>standins</MLNetSource>", written);
        Assert.Contains("<TorchSharpSource>standins</TorchSharpSource>", written);
    }

    private static void AssertStandinsAreNotPacked(Workspace workspace)
    {
        Directory.Delete(workspace["packed"], recursive: true);
        workspace.Fake("ldconfig", "echo libturbojpeg.so.0");
        Assert.AreEqual(0, workspace.Bash("build/setup.sh", "--standins").Code);
        workspace.Write("src/Plain/Plain.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
        Outcome pack = workspace.Run("dotnet", "pack", "src/Plain", "-v", "q", "-nologo", "-o", "packed");
        Assert.AreNotEqual(0, pack.Code);
        Assert.Contains("Plain is not packed in standins mode", pack.All);
        Assert.Contains("Run build/setup with --packages", pack.All);
        Assert.IsFalse(Directory.Exists(workspace["src/Plain/bin/Release"]) && Directory.EnumerateFiles(workspace["src/Plain/bin"], "Plain.dll", SearchOption.AllDirectories).Any(), "Refused before it builds.");
        Assert.IsFalse(Directory.Exists(workspace["packed"]));
        workspace.Dotnet("build", "src/Plain", "-v", "q", "-nologo", "-c", "Release");
        pack = workspace.Run("dotnet", "pack", "src/Plain", "-v", "q", "-nologo", "-o", "packed", "--no-build");
        Assert.AreNotEqual(0, pack.Code);
        Assert.Contains("Plain is not packed in standins mode", pack.All);
        Assert.IsFalse(Directory.Exists(workspace["packed"]));
    }

    private static Workspace WithFeed()
    {
        Workspace workspace = Workspace.WithBuildFiles();
        // The made packages must not get into the packages folder of the user.
        workspace.Set("NUGET_PACKAGES", workspace["packages"]);
        Directory.CreateDirectory(workspace["feed"]);
        workspace.Write("nuget.config", """
            <configuration>
              <packageSources><clear /><add key="folder" value="feed" /></packageSources>
              <packageSourceMapping><clear /></packageSourceMapping>
              <fallbackPackageFolders><clear /></fallbackPackageFolders>
            </configuration>
            """);
        return workspace;
    }

    private static void WritePackage(Workspace workspace, string id, params (string Assembly, string Type, int Value)[] assemblies)
    {
        string version = Workspace.CentralVersion(id);
        using ZipArchive package = ZipFile.Open(workspace[$"feed/{id}.{version}.nupkg"], ZipArchiveMode.Create);
        using (StreamWriter manifest = new(package.CreateEntry($"{id}.nuspec").Open()))
        {
            manifest.Write($"""
                <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
                  <metadata>
                    <id>{id}</id>
                    <version>{version}</version>
                    <authors>a test</authors>
                    <description>Made by a test.</description>
                    <dependencies><group targetFramework="net10.0" /></dependencies>
                  </metadata>
                </package>
                """);
        }
        foreach ((string assembly, string type, int value) in assemblies)
        {
            byte[] image = ReferenceOpenerTests.Make(
                module =>
                {
                    Mono.Cecil.TypeDefinition made = ReferenceOpenerTests.NewType(module, "Space", type, TypeAttributes.NotPublic | TypeAttributes.Abstract | TypeAttributes.Sealed);
                    made.Methods.Add(ReferenceOpenerTests.Returning(module, "Value", MethodAttributes.Assembly | MethodAttributes.Static, value));
                    module.Types.Add(made);
                },
                assembly);
            using Stream entry = package.CreateEntry($"lib/net10.0/{assembly}.dll").Open();
            entry.Write(image);
        }
    }
}

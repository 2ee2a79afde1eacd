using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Mono.Cecil;
using Mono.Cecil.Cil;
using OpenReferences;
using AssemblyDefinition = Mono.Cecil.AssemblyDefinition;
using FieldAttributes = Mono.Cecil.FieldAttributes;
using MethodAttributes = Mono.Cecil.MethodAttributes;
using MethodDefinition = Mono.Cecil.MethodDefinition;
using ModuleDefinition = Mono.Cecil.ModuleDefinition;
using TypeAttributes = Mono.Cecil.TypeAttributes;
using TypeDefinition = Mono.Cecil.TypeDefinition;

namespace MLNet.RandomPruning.Build.Tests;

/// <summary>The opener on assemblies made here, read back with a metadata reader and by reflection.</summary>
[TestClass]
public class ReferenceOpenerTests
{
    [TestMethod]
    [DataRow(TypeAttributes.NotPublic, TypeAttributes.Public)]
    [DataRow(TypeAttributes.Public, TypeAttributes.Public)]
    public void TopLevelTypes(TypeAttributes made, TypeAttributes expected)
    {
        byte[] image = Make(module => module.Types.Add(NewType(module, "Space", "T", made | TypeAttributes.Sealed)));
        ReferenceOpener.Open(image);
        Assert.AreEqual(expected | TypeAttributes.Sealed, TypeFlags(image)["T"]);
    }

    [TestMethod]
    [DataRow(TypeAttributes.NestedPrivate, TypeAttributes.NestedPublic)]
    [DataRow(TypeAttributes.NestedAssembly, TypeAttributes.NestedPublic)]
    [DataRow(TypeAttributes.NestedFamANDAssem, TypeAttributes.NestedPublic)]
    [DataRow(TypeAttributes.NestedFamily, TypeAttributes.NestedFamily)]
    [DataRow(TypeAttributes.NestedFamORAssem, TypeAttributes.NestedFamORAssem)]
    [DataRow(TypeAttributes.NestedPublic, TypeAttributes.NestedPublic)]
    public void NestedTypes(TypeAttributes made, TypeAttributes expected)
    {
        byte[] image = Make(module =>
        {
            TypeDefinition outer = NewType(module, "Space", "Outer", TypeAttributes.Public);
            outer.NestedTypes.Add(NewType(module, "", "Inner", made | TypeAttributes.Abstract));
            module.Types.Add(outer);
        });
        ReferenceOpener.Open(image);
        Assert.AreEqual(expected | TypeAttributes.Abstract, TypeFlags(image)["Inner"]);
    }

    [TestMethod]
    [DataRow(MethodAttributes.Assembly, MethodAttributes.Public)]
    [DataRow(MethodAttributes.FamANDAssem, MethodAttributes.Public)]
    [DataRow(MethodAttributes.Private, MethodAttributes.Private)]
    [DataRow(MethodAttributes.Family, MethodAttributes.Family)]
    [DataRow(MethodAttributes.FamORAssem, MethodAttributes.FamORAssem)]
    [DataRow(MethodAttributes.Public, MethodAttributes.Public)]
    public void MethodsAndFields(MethodAttributes made, MethodAttributes expected)
    {
        byte[] image = Make(module =>
        {
            TypeDefinition type = NewType(module, "Space", "T", TypeAttributes.NotPublic);
            type.Methods.Add(Returning(module, "Method", made | MethodAttributes.Static | MethodAttributes.HideBySig, 7));
            type.Fields.Add(new("Field", (FieldAttributes)made | FieldAttributes.Static | FieldAttributes.InitOnly, module.TypeSystem.Int32));
            module.Types.Add(type);
        });
        ReferenceOpener.Open(image);
        Members members = ReadMembers(image);
        Assert.AreEqual(expected | MethodAttributes.Static | MethodAttributes.HideBySig, members.Methods["T.Method"]);
        Assert.AreEqual((FieldAttributes)expected | FieldAttributes.Static | FieldAttributes.InitOnly, members.Fields["T.Field"]);
    }

    [TestMethod]
    [DataRow("System", false)]
    [DataRow("System.Runtime.CompilerServices", false)]
    [DataRow("Microsoft.CodeAnalysis", false)]
    [DataRow("Systematic", true)]
    [DataRow("Microsoft.ML.Data", true)]
    [DataRow("", true)]
    public void PolyfillsOfTheFrameworkStayClosed(string space, bool opened)
    {
        byte[] image = Make(module =>
        {
            TypeDefinition type = NewType(module, space, "T", TypeAttributes.NotPublic);
            type.Methods.Add(Returning(module, "Method", MethodAttributes.Assembly | MethodAttributes.Static, 7));
            TypeDefinition nested = NewType(module, "", "Inner", TypeAttributes.NestedAssembly);
            nested.Fields.Add(new("Field", FieldAttributes.Assembly, module.TypeSystem.Int32));
            type.NestedTypes.Add(nested);
            module.Types.Add(type);
        });
        ReferenceOpener.Open(image);
        Members members = ReadMembers(image);
        Assert.AreEqual(opened ? TypeAttributes.Public : TypeAttributes.NotPublic, TypeFlags(image)["T"]);
        Assert.AreEqual(opened ? TypeAttributes.NestedPublic : TypeAttributes.NestedAssembly, TypeFlags(image)["Inner"]);
        Assert.AreEqual(opened ? MethodAttributes.Public : MethodAttributes.Assembly, members.Methods["T.Method"] & MethodAttributes.MemberAccessMask);
        Assert.AreEqual(opened ? FieldAttributes.Public : FieldAttributes.Assembly, members.Fields["Inner.Field"]);
    }

    /// <summary>Heaps and tables past 65,536 entries widen the columns of the tables, and so move every flag.</summary>
    [TestMethod]
    public void LargeTables()
    {
        const int Count = 70_000;
        byte[] image = Make(module =>
        {
            for (int t = 0; t < 70; t++)
            {
                TypeDefinition type = NewType(module, "Space", $"T{t}", t % 2 == 0 ? TypeAttributes.NotPublic : TypeAttributes.Public);
                for (int i = 0; i < Count / 70; i++)
                {
                    type.Fields.Add(new($"f{t}_{i}", i % 3 == 0 ? FieldAttributes.Private : FieldAttributes.Assembly, module.TypeSystem.Int32));
                    type.Methods.Add(Returning(module, $"m{t}_{i}", MethodAttributes.Static | (i % 3 == 0 ? MethodAttributes.Private : MethodAttributes.FamANDAssem), i));
                }
                module.Types.Add(type);
            }
        });
        ReferenceOpener.Open(image);
        Members members = ReadMembers(image);
        Assert.HasCount(Count, members.Fields);
        Assert.HasCount(Count, members.Methods);
        foreach ((string name, FieldAttributes flags) in members.Fields)
        {
            bool kept = int.Parse(name[(name.IndexOf('_') + 1)..]) % 3 == 0;
            Assert.AreEqual(kept ? FieldAttributes.Private : FieldAttributes.Public, flags, name);
        }
        foreach ((string name, MethodAttributes flags) in members.Methods)
        {
            bool kept = int.Parse(name[(name.IndexOf('_') + 1)..]) % 3 == 0;
            Assert.AreEqual((kept ? MethodAttributes.Private : MethodAttributes.Public) | MethodAttributes.Static, flags, name);
        }
        Assert.IsTrue(TypeFlags(image).Where(t => t.Key != "<Module>").All(t => t.Value == TypeAttributes.Public));
    }

    [TestMethod]
    public void NothingButFlagsChangesAndASecondTimeChangesNothing()
    {
        byte[] original = File.ReadAllBytes(typeof(ModuleDefinition).Assembly.Location);
        byte[] opened = [.. original];
        ReferenceOpener.Open(opened);
        Members before = ReadMembers(original);
        Members after = ReadMembers(opened);
        int raised = before.Fields.Count(f => f.Value != after.Fields[f.Key]) + before.Methods.Count(m => m.Value != after.Methods[m.Key])
            + TypeFlags(original).Count(t => t.Value != TypeFlags(opened)[t.Key]);
        int changed = original.Zip(opened).Count(pair => pair.First != pair.Second);
        Assert.IsGreaterThan(100, changed);
        Assert.IsTrue(changed >= raised, $"{changed} bytes changed for {raised} raised rows: one byte each holds the accessibility.");
        Assert.IsTrue(changed <= CountRows(original), $"{changed} bytes changed in {CountRows(original)} rows.");

        byte[] again = [.. opened];
        ReferenceOpener.Open(again);
        Assert.IsTrue(again.AsSpan().SequenceEqual(opened));
        // The runtime still takes it: identity, heaps and code are whole.
        Assembly loaded = Assembly.Load(Make(module => module.Types.Add(NewType(module, "Space", "T", TypeAttributes.NotPublic)), open: true));
        Assert.IsTrue(loaded.GetType("Space.T", throwOnError: true)!.IsPublic);
    }

    [TestMethod]
    public void WhatIsNotAnAssemblyIsRefused()
    {
        using Workspace workspace = new();
        string source = workspace.Write("text.dll", "not an assembly");
        BadImageFormatException error = Assert.ThrowsExactly<BadImageFormatException>(() => ReferenceOpener.OpenFile(source, workspace["out/text.dll"]));
        Assert.Contains("text.dll is not a .NET assembly", error.Message);
        Assert.IsFalse(Directory.Exists(workspace["out"]));
    }

    [TestMethod]
    public void AFileIsReplacedInOneStepAndTheOriginalStays()
    {
        using Workspace workspace = new();
        byte[] original = Make(module => module.Types.Add(NewType(module, "Space", "T", TypeAttributes.NotPublic)));
        File.WriteAllBytes(workspace["X.dll"], original);
        workspace.Write("out/X.dll", "an older one");
        ReferenceOpener.OpenFile(workspace["X.dll"], workspace["out/X.dll"]);
        Assert.IsTrue(File.ReadAllBytes(workspace["X.dll"]).AsSpan().SequenceEqual(original));
        Assert.AreEqual(TypeAttributes.Public, TypeFlags(File.ReadAllBytes(workspace["out/X.dll"]))["T"]);
        Assert.HasCount(1, Directory.GetFiles(workspace["out"]));
    }

    /// <summary>An assembly named <paramref name="name"/> with what <paramref name="fill"/> puts into it.</summary>
    internal static byte[] Make(Action<ModuleDefinition> fill, string name = "Made", bool open = false)
    {
        using AssemblyDefinition assembly = AssemblyDefinition.CreateAssembly(new(name, new(1, 0, 0, 0)), name, ModuleKind.Dll);
        fill(assembly.MainModule);
        using MemoryStream stream = new();
        assembly.Write(stream);
        byte[] image = stream.ToArray();
        if (open)
        {
            ReferenceOpener.Open(image);
        }
        return image;
    }

    internal static TypeDefinition NewType(ModuleDefinition module, string space, string name, TypeAttributes attributes) =>
        new(space, name, attributes, module.TypeSystem.Object);

    /// <summary>A method with no parameters that returns a number.</summary>
    internal static MethodDefinition Returning(ModuleDefinition module, string name, MethodAttributes attributes, int value)
    {
        MethodDefinition method = new(name, attributes, module.TypeSystem.Int32);
        ILProcessor code = method.Body.GetILProcessor();
        code.Emit(OpCodes.Ldc_I4, value);
        code.Emit(OpCodes.Ret);
        return method;
    }

    private static Dictionary<string, TypeAttributes> TypeFlags(byte[] image)
    {
        using PEReader pe = new(new MemoryStream(image));
        MetadataReader reader = pe.GetMetadataReader();
        Dictionary<string, TypeAttributes> flags = [];
        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
        {
            System.Reflection.Metadata.TypeDefinition type = reader.GetTypeDefinition(handle);
            string name = reader.GetString(type.Name);
            // Large real assemblies repeat nested names: the row tells them apart.
            flags[flags.ContainsKey(name) ? name + handle.GetHashCode() : name] = (TypeAttributes)type.Attributes;
        }
        return flags;
    }

    private static Members ReadMembers(byte[] image)
    {
        using PEReader pe = new(new MemoryStream(image));
        MetadataReader reader = pe.GetMetadataReader();
        Members members = new([], []);
        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
        {
            System.Reflection.Metadata.TypeDefinition type = reader.GetTypeDefinition(handle);
            string owner = reader.GetString(type.Name);
            foreach (FieldDefinitionHandle field in type.GetFields())
            {
                string name = $"{owner}.{reader.GetString(reader.GetFieldDefinition(field).Name)}";
                members.Fields[members.Fields.ContainsKey(name) ? name + field.GetHashCode() : name] = (FieldAttributes)reader.GetFieldDefinition(field).Attributes;
            }
            foreach (MethodDefinitionHandle method in type.GetMethods())
            {
                string name = $"{owner}.{reader.GetString(reader.GetMethodDefinition(method).Name)}";
                members.Methods[members.Methods.ContainsKey(name) ? name + method.GetHashCode() : name] = (MethodAttributes)reader.GetMethodDefinition(method).Attributes;
            }
        }
        return members;
    }

    private static int CountRows(byte[] image)
    {
        using PEReader pe = new(new MemoryStream(image));
        MetadataReader reader = pe.GetMetadataReader();
        return reader.TypeDefinitions.Count + reader.FieldDefinitions.Count + reader.MethodDefinitions.Count;
    }

    private sealed record Members(Dictionary<string, FieldAttributes> Fields, Dictionary<string, MethodAttributes> Methods);
}

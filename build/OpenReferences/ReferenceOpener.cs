using System;
using System.Buffers.Binary;
using System.IO;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace OpenReferences;

/// <summary>
/// Makes a copy of an assembly in which what is internal is public, for the compiler to read and never to run.
/// </summary>
/// <remarks>
/// <para>
/// Only the accessibility bits in the flag columns of the TypeDef, Field and MethodDef tables change
/// (ECMA-335 II.22.15, II.22.26, II.22.37): the copy has the length, the identity and every other byte of the original.
/// </para>
/// <para>Raised to public: types that are not public, nested types that are private, internal or private protected;
/// fields and methods (constructors and accessors too) that are internal or private protected. Left as they are:</para>
/// <list type="bullet">
/// <item>protected internal: an override written outside says <c>protected</c>, and would no longer compile;</item>
/// <item>private fields and methods: the field behind an event has the event's name, and both public would be ambiguous;
/// explicit interface implementations are private methods as well;</item>
/// <item>types in the namespaces <c>System</c> and <c>Microsoft.CodeAnalysis</c>: an assembly carries such internal types
/// as polyfills, which would clash with the framework's own.</item>
/// </list>
/// </remarks>
public static class ReferenceOpener
{
    // ECMA-335 II.22.26: a MethodDef row is RVA (4 bytes), ImplFlags (2), Flags (2), ...;
    // Flags is the first column of a TypeDef row (4 bytes) and of a Field row (2 bytes).
    private const int MethodFlagsOffset = 6;

    /// <summary>Opens one assembly file.</summary>
    /// <param name="source">The assembly to read.</param>
    /// <param name="target">Where the opened copy goes; replaced in one step if it exists. Its folder is made if missing.</param>
    /// <exception cref="BadImageFormatException"><paramref name="source"/> is not a .NET assembly.</exception>
    public static void OpenFile(string source, string target)
    {
        byte[] image = File.ReadAllBytes(source);
        try
        {
            Open(image);
        }
        catch (BadImageFormatException e)
        {
            throw new BadImageFormatException($"{source} is not a .NET assembly: {e.Message}", e);
        }
        string folder = Path.GetDirectoryName(Path.GetFullPath(target))!;
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Environment.ProcessId}.{Guid.NewGuid():N}");
        try
        {
            File.WriteAllBytes(temporary, image);
            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Opens an assembly in memory, in place.</summary>
    /// <param name="image">The bytes of the assembly file.</param>
    /// <exception cref="BadImageFormatException">The bytes are not a .NET assembly.</exception>
    public static void Open(byte[] image)
    {
        using var pe = new PEReader(new MemoryStream(image, writable: false));
        if (!pe.HasMetadata)
        {
            throw new BadImageFormatException("it has no CLI metadata.");
        }
        MetadataReader reader = pe.GetMetadataReader();
        int metadata = pe.PEHeaders.MetadataStartOffset;
        Table types = new(reader, metadata, TableIndex.TypeDef);
        Table fields = new(reader, metadata, TableIndex.Field);
        Table methods = new(reader, metadata, TableIndex.MethodDef);

        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
        {
            TypeDefinition type = reader.GetTypeDefinition(handle);
            if (IsModule(handle) || IsPolyfill(reader, type))
            {
                continue;
            }
            OpenType(image.AsSpan(types.Row(handle)));
            foreach (FieldDefinitionHandle field in type.GetFields())
            {
                OpenMember(image.AsSpan(fields.Row(field)));
            }
            foreach (MethodDefinitionHandle method in type.GetMethods())
            {
                OpenMember(image.AsSpan(methods.Row(method) + MethodFlagsOffset));
            }
        }
    }

    private static bool IsModule(TypeDefinitionHandle handle) => MetadataTokens.GetRowNumber(handle) == 1;

    private static bool IsPolyfill(MetadataReader reader, TypeDefinition type)
    {
        // Only the outermost type has a namespace.
        while (type.GetDeclaringType() is { IsNil: false } outer)
        {
            type = reader.GetTypeDefinition(outer);
        }
        string space = reader.GetString(type.Namespace);
        return IsIn(space, "System") || IsIn(space, "Microsoft.CodeAnalysis");
    }

    private static bool IsIn(string space, string root) =>
        space.StartsWith(root, StringComparison.Ordinal) && (space.Length == root.Length || space[root.Length] == '.');

    private static void OpenType(Span<byte> flags)
    {
        var value = (TypeAttributes)BinaryPrimitives.ReadUInt32LittleEndian(flags);
        TypeAttributes? open = (value & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.NotPublic => TypeAttributes.Public,
            TypeAttributes.NestedPrivate or TypeAttributes.NestedAssembly or TypeAttributes.NestedFamANDAssem => TypeAttributes.NestedPublic,
            _ => null,
        };
        if (open is { } visibility)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(flags, (uint)((value & ~TypeAttributes.VisibilityMask) | visibility));
        }
    }

    /// <summary>Fields and methods share the accessibility bits (ECMA-335 II.23.1.5 and II.23.1.10).</summary>
    private static void OpenMember(Span<byte> flags)
    {
        var value = (MethodAttributes)BinaryPrimitives.ReadUInt16LittleEndian(flags);
        if ((value & MethodAttributes.MemberAccessMask) is MethodAttributes.Assembly or MethodAttributes.FamANDAssem)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)((value & ~MethodAttributes.MemberAccessMask) | MethodAttributes.Public));
        }
    }

    /// <summary>Where the rows of a metadata table lie in the file.</summary>
    private readonly struct Table(MetadataReader reader, int metadata, TableIndex index)
    {
        private readonly int _start = metadata + reader.GetTableMetadataOffset(index);
        private readonly int _rowSize = reader.GetTableRowSize(index);

        public int Row(EntityHandle handle) => _start + ((MetadataTokens.GetRowNumber(handle) - 1) * _rowSize);
    }
}

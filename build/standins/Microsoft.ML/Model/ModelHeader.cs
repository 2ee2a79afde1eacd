namespace Microsoft.ML;

/// <summary>
/// The head of a "Model.key" entry of a model archive: magic number, format version, the writer's <see cref="VersionInfo"/>
/// and the length of the body that follows.
/// </summary>
/// <remarks>
/// The archive is a zip file laid out in folders as ML.NET lays out its own (a "TransformerChain" folder, a "Model.key" entry a
/// component, a "Schema" entry, "TrainingInfo/Version.txt"), but the bytes of the entries are this stand-in's own:
/// ML.NET does not read them, and this does not read ML.NET's.
/// </remarks>
internal readonly struct ModelHeader
{
    // "MLSTAND1", so that a file of the real product is told apart at once.
    private const ulong Magic = 0x31444E4154534C4D;
    private const uint FormatVersion = 1;

    public readonly ulong ModelSignature;
    public readonly uint VerWritten;
    public readonly uint VerReadable;
    public readonly string LoaderSignature;
    public readonly string LoaderSignatureAlt;
    public readonly string LoaderAssemblyName;
    public readonly long BodyLength;

    private ModelHeader(ulong modelSignature, uint verWritten, uint verReadable, string loaderSignature, string loaderSignatureAlt,
        string loaderAssemblyName, long bodyLength)
    {
        ModelSignature = modelSignature;
        VerWritten = verWritten;
        VerReadable = verReadable;
        LoaderSignature = loaderSignature;
        LoaderSignatureAlt = loaderSignatureAlt;
        LoaderAssemblyName = loaderAssemblyName;
        BodyLength = bodyLength;
    }

    public static void Write(BinaryWriter writer, in VersionInfo version, long bodyLength)
    {
        writer.Write(Magic);
        writer.Write(FormatVersion);
        writer.Write(version.ModelSignature);
        writer.Write(version.VerWrittenCur);
        writer.Write(version.VerReadableCur);
        writer.Write(version.LoaderSignature ?? "");
        writer.Write(version.LoaderSignatureAlt ?? "");
        writer.Write(version.LoaderAssemblyName ?? "");
        writer.Write(bodyLength);
    }

    public static ModelHeader Read(BinaryReader reader, string entryName)
    {
        if (reader.ReadUInt64() != Magic)
        {
            throw new FormatException($"The entry '{entryName}' does not start as a model of this library does: it is corrupt, or was written by another product.");
        }
        uint format = reader.ReadUInt32();
        if (format != FormatVersion)
        {
            throw new FormatException($"The entry '{entryName}' has format version {format}; only version {FormatVersion} can be read.");
        }

        var header = new ModelHeader(reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt32(),
            reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadInt64());
        long left = reader.BaseStream.Length - reader.BaseStream.Position;
        if (header.BodyLength != left)
        {
            throw new FormatException($"The entry '{entryName}' is truncated or corrupt: {header.BodyLength} bytes are announced, {left} are there.");
        }
        return header;
    }

    /// <summary>Refuses a model of another kind, of a newer writer that this reader cannot follow, or older than this reader goes back.</summary>
    public void Check(in VersionInfo version, string where)
    {
        if (ModelSignature != version.ModelSignature)
        {
            throw new FormatException($"{where}: unknown file type, the model has the signature '{VersionInfo.SignatureText(ModelSignature)}' where '{VersionInfo.SignatureText(version.ModelSignature)}' was expected.");
        }
        if (VerReadable > version.VerWrittenCur)
        {
            throw new FormatException($"{where}: the model is too new. It needs code of version 0x{VerReadable:X8} or later, this is 0x{version.VerWrittenCur:X8}. Update the package that loads it.");
        }
        if (VerWritten < version.VerWeCanReadBack)
        {
            throw new FormatException($"{where}: the model is too old. It was written by version 0x{VerWritten:X8}, the oldest that can be read is 0x{version.VerWeCanReadBack:X8}.");
        }
    }
}

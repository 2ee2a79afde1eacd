using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class ModelOperationsCatalog
{
    private const string TransformerFolder = "TransformerChain";
    private const string SchemaEntry = "Schema";

    /// <summary>Saves a transformer and, where given, the schema of its input. The file is there whole or not at all.</summary>
    /// <param name="model">The transformer.</param>
    /// <param name="inputSchema">The schema of its input; or null, and then <see cref="Load(string, out DataViewSchema)"/> gives null.</param>
    /// <param name="filePath">Where to; an existing file is replaced.</param>
    public void Save(ITransformer model, DataViewSchema inputSchema, string filePath)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(filePath);

        string path = Path.GetFullPath(filePath);
        string temporary = path + "." + Path.GetRandomFileName() + ".tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                Save(model, inputSchema, stream);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Saves a transformer and, where given, the schema of its input to a stream, which stays open.</summary>
    public void Save(ITransformer model, DataViewSchema inputSchema, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(stream);
        using IChannel channel = Environment.Start("Model saving");
        using var repository = new RepositoryWriter(stream);
        ModelSaveContext.SaveModel(repository, model, TransformerFolder);
        if (inputSchema != null)
        {
            repository.WriteEntry(null, SchemaEntry, entry =>
            {
                using var writer = new BinaryWriter(entry, System.Text.Encoding.UTF8, leaveOpen: true);
                SchemaCodec.Write(writer, inputSchema, channel);
            });
        }
    }

    /// <summary>Loads a transformer and the schema of its input, null where none was saved, from a file.</summary>
    public ITransformer Load(string filePath, out DataViewSchema inputSchema)
    {
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        using var stream = new FileStream(filePath, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return Load(stream, out inputSchema);
        }
        catch (Exception e) when (e.GetType() == typeof(FormatException) || e.GetType() == typeof(InvalidDataException))
        {
            string message = $"Loading '{filePath}' failed. {e.Message}";
            throw e is FormatException ? new FormatException(message, e) : new InvalidDataException(message, e);
        }
    }

    /// <summary>Loads a transformer and the schema of its input, null where none was saved, from a stream, which stays open.</summary>
    public ITransformer Load(Stream stream, out DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var repository = new RepositoryReader(stream);
        ModelLoadContext.LoadModel<ITransformer, SignatureLoadModel>(Environment, out ITransformer transformer, repository, TransformerFolder);

        using Stream entry = repository.OpenEntryOrNull(null, SchemaEntry);
        if (entry == null)
        {
            inputSchema = null;
            return transformer;
        }
        using var reader = new BinaryReader(entry, System.Text.Encoding.UTF8);
        inputSchema = SchemaCodec.Read(reader);
        return transformer;
    }
}

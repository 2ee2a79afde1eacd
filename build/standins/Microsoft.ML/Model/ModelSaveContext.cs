using System.Text;

namespace Microsoft.ML;

/// <summary>
/// What a component is given to save itself: a writer for its own values, named binary streams beside them, and folders for the
/// components that it is made of.
/// </summary>
public sealed class ModelSaveContext : IDisposable
{
    internal const string ModelStreamName = "Model.key";

    private readonly MemoryStream _body = new();
    private VersionInfo? _version;
    private bool _done;

    internal ModelSaveContext(RepositoryWriter repository, string directory)
    {
        Repository = repository;
        Directory = directory;
        Writer = new BinaryWriter(_body, new UTF8Encoding(false));
    }

    /// <summary>The archive that is written.</summary>
    internal RepositoryWriter Repository { get; }

    /// <summary>The folder of this component in the archive.</summary>
    internal string Directory { get; }

    /// <summary>Writes the values of the component.</summary>
    internal BinaryWriter Writer { get; }

    /// <summary>Checks that nothing was written yet.</summary>
    internal void CheckAtModel()
    {
        if (_done || Writer.BaseStream.Position != 0 || _version.HasValue)
        {
            throw new InvalidOperationException("A component saves itself to a fresh context: this one was written before.");
        }
    }

    /// <summary>Says what is being saved and how it is loaded again. Every component must.</summary>
    internal void SetVersionInfo(VersionInfo version)
    {
        if (version.ModelSignature == 0)
        {
            throw new ArgumentException("ModelSignature not specified!", nameof(version));
        }
        _version = version;
    }

    /// <summary>Writes a binary stream of a given name beside the component's own values.</summary>
    internal void SaveBinaryStream(string name, Action<BinaryWriter> action)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(action);
        Repository.WriteEntry(Directory, name, stream =>
        {
            using var writer = new BinaryWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            action(writer);
        });
    }

    /// <summary>Writes a text stream of a given name beside the component's own values.</summary>
    internal void SaveTextStream(string name, Action<TextWriter> action)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(action);
        Repository.WriteEntry(Directory, name, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            action(writer);
        });
    }

    /// <summary>Saves a component that this one is made of, into a folder of its own.</summary>
    internal void SaveModel<T>(T value, string name)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        SaveModel(Repository, value, RepositoryWriter.Join(Directory, name));
    }

    /// <summary>Saves a part of this component by an action, into a folder of its own.</summary>
    internal void SaveSubModel(string name, Action<ModelSaveContext> action)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(action);
        using var context = new ModelSaveContext(Repository, RepositoryWriter.Join(Directory, name));
        action(context);
        context.Done();
    }

    /// <summary>Saves a component into a folder of an archive.</summary>
    internal static void SaveModel<T>(RepositoryWriter repository, T value, string directory)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value is not ICanSaveModel component)
        {
            throw new InvalidOperationException($"'{value.GetType()}' cannot be saved: it does not implement {nameof(ICanSaveModel)}.");
        }
        using var context = new ModelSaveContext(repository, directory);
        component.Save(context);
        context.Done();
    }

    /// <summary>Writes what was gathered to the archive.</summary>
    internal void Done()
    {
        if (_done)
        {
            throw new InvalidOperationException("The model was written already.");
        }
        if (!_version.HasValue)
        {
            throw new InvalidOperationException("ModelSignature not specified!");
        }
        _done = true;
        Writer.Flush();
        VersionInfo version = _version.Value;
        Repository.WriteEntry(Directory, ModelStreamName, stream =>
        {
            using var writer = new BinaryWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            ModelHeader.Write(writer, version, _body.Length);
            writer.Flush();
            _body.Position = 0;
            _body.CopyTo(stream);
        });
    }

    /// <summary>Ends the use of the context.</summary>
    public void Dispose()
    {
        Writer.Dispose();
        _body.Dispose();
    }
}

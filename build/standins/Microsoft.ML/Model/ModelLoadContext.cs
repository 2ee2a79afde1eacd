using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>What a component is given to load itself: the counterpart of <see cref="ModelSaveContext"/>.</summary>
internal sealed class ModelLoadContext : IDisposable
{
    private readonly ModelHeader _header;

    private ModelLoadContext(RepositoryReader repository, string directory, Stream entry)
    {
        Repository = repository;
        Directory = directory;
        string name = RepositoryWriter.Join(directory, ModelSaveContext.ModelStreamName);
        Reader = new BinaryReader(entry, new UTF8Encoding(false));
        try
        {
            _header = ModelHeader.Read(Reader, name);
            BodyStart = entry.Position;
        }
        catch (Exception e)
        {
            Reader.Dispose();
            throw e is EndOfStreamException or IOException
                ? new FormatException($"The entry '{name}' of the model is truncated or corrupt.", e)
                : e;
        }
    }

    /// <summary>The archive that is read.</summary>
    public RepositoryReader Repository { get; }

    /// <summary>The folder of this component in the archive.</summary>
    public string Directory { get; }

    /// <summary>Reads the values of the component.</summary>
    public BinaryReader Reader { get; }

    /// <summary>The version in which the model was written.</summary>
    public uint ModelVersionWritten => _header.VerWritten;

    private long BodyStart { get; }

    /// <summary>Checks that nothing was read yet.</summary>
    public void CheckAtModel()
    {
        if (Reader.BaseStream.Position != BodyStart)
        {
            throw new InvalidOperationException("A component loads itself from a fresh context: this one was read before.");
        }
    }

    /// <summary>Checks that nothing was read yet, and that the model is of the kind and version that the caller reads.</summary>
    public void CheckAtModel(VersionInfo version)
    {
        CheckAtModel();
        CheckVersionInfo(version);
    }

    /// <summary>Checks that the model is of the kind and version that the caller reads.</summary>
    public void CheckVersionInfo(VersionInfo version)
        => _header.Check(version, $"Model folder '{Directory}'");

    /// <summary>Reads the binary stream of a given name beside the component's own values; false where there is none.</summary>
    public bool TryLoadBinaryStream(string name, Action<BinaryReader> action)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(action);
        using Stream stream = Repository.OpenEntryOrNull(Directory, name);
        if (stream == null)
        {
            return false;
        }
        using var reader = new BinaryReader(stream, new UTF8Encoding(false));
        action(reader);
        return true;
    }

    /// <summary>Reads the text stream of a given name; false where there is none.</summary>
    public bool TryLoadTextStream(string name, Action<TextReader> action)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(action);
        using Stream stream = Repository.OpenEntryOrNull(Directory, name);
        if (stream == null)
        {
            return false;
        }
        using var reader = new StreamReader(stream, new UTF8Encoding(false));
        action(reader);
        return true;
    }

    /// <summary>Whether this component has a part saved in a folder of a given name.</summary>
    public bool ContainsModel(string name)
        => Repository.Contains(RepositoryWriter.Join(Directory, name), ModelSaveContext.ModelStreamName);

    /// <summary>Reads a part that was saved by <see cref="ModelSaveContext.SaveSubModel"/>; false where there is none.</summary>
    public bool TryProcessSubModel(string name, Action<ModelLoadContext> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        using ModelLoadContext context = OpenOrNull(Repository, RepositoryWriter.Join(Directory, name));
        if (context == null)
        {
            return false;
        }
        action(context);
        return true;
    }

    /// <summary>Loads a component that this one is made of.</summary>
    public void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, string name, params object[] extra)
        where TRes : class
    {
        LoadModel<TRes, TSig>(env, out result, Repository, RepositoryWriter.Join(Directory, name), extra);
    }

    /// <summary>Loads a component from a folder of an archive.</summary>
    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader repository, string directory, params object[] extra)
        where TRes : class
    {
        if (!TryLoadModel<TRes, TSig>(env, out result, repository, directory, extra))
        {
            throw new InvalidOperationException($"The model is corrupt or not one of this library: it has no entry '{RepositoryWriter.Join(directory, ModelSaveContext.ModelStreamName)}'.");
        }
    }

    /// <summary>Loads a component from a folder of an archive; false where the folder has no model.</summary>
    public static bool TryLoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader repository, string directory, params object[] extra)
        where TRes : class
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(repository);
        result = null;
        using ModelLoadContext context = OpenOrNull(repository, directory);
        if (context == null)
        {
            return false;
        }

        ComponentCatalog.LoadableClassInfo loader = context.FindLoader(env, typeof(TSig));
        object[] arguments = [context, .. extra ?? []];
        object made;
        try
        {
            made = loader.Create(env, arguments);
        }
        catch (EndOfStreamException e)
        {
            throw new FormatException($"The model in folder '{directory}' is truncated or corrupt: '{loader.LoadName}' found no more to read where it expected values.", e);
        }
        result = made as TRes ?? throw new FormatException($"The loader '{loader.LoadName}' of the model in folder '{directory}' made {(made == null ? "nothing" : $"a '{made.GetType()}'")} where a '{typeof(TRes)}' was expected.");
        return true;
    }

    public void Dispose() => Reader.Dispose();

    private static ModelLoadContext OpenOrNull(RepositoryReader repository, string directory)
    {
        Stream entry = repository.OpenEntryOrNull(directory, ModelSaveContext.ModelStreamName);
        return entry == null ? null : new ModelLoadContext(repository, directory, entry);
    }

    private ComponentCatalog.LoadableClassInfo FindLoader(IHostEnvironment env, Type signatureType)
    {
        if (_header.LoaderSignature.Length == 0)
        {
            throw new FormatException($"The model in folder '{Directory}' does not say which loader reads it.");
        }

        ComponentCatalog catalog = env.ComponentCatalog;
        ComponentCatalog.LoadableClassInfo Find()
            => catalog.FindOrNull(_header.LoaderSignature, signatureType)
                ?? (_header.LoaderSignatureAlt.Length > 0 ? catalog.FindOrNull(_header.LoaderSignatureAlt, signatureType) : null);

        ComponentCatalog.LoadableClassInfo loader = Find();
        if (loader != null)
        {
            return loader;
        }

        // The model names the assembly of its loader, which is how a model comes back in a process that registered nothing.
        Exception cause = null;
        if (_header.LoaderAssemblyName.Length > 0 && !catalog.TryLoadAssembly(_header.LoaderAssemblyName, out cause))
        {
            throw new FormatException($"The model in folder '{Directory}' is read by the loader '{_header.LoaderSignature}' of the assembly '{_header.LoaderAssemblyName}', which could not be loaded: {cause?.Message} Reference the package that it is part of, or register the assembly with mlContext.ComponentCatalog.RegisterAssembly.", cause);
        }
        return Find() ?? throw new FormatException($"The model in folder '{Directory}' is read by the loader '{_header.LoaderSignature}' ({signatureType.Name}), which the assembly '{_header.LoaderAssemblyName}' does not have. Reference a version of the package that has it, or register the assembly that has it with mlContext.ComponentCatalog.RegisterAssembly.");
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A part of a network: owns parameters, buffers and further modules, and frees them.</summary>
        public class Module : IDisposable
        {
            private readonly Dictionary<string, Parameter> _parameters = new(StringComparer.Ordinal);
            private readonly Dictionary<string, Tensor> _buffers = new(StringComparer.Ordinal);
            private readonly Dictionary<string, Module> _modules = new(StringComparer.Ordinal);
            private readonly string _name;
            private bool _isTraining = true;

            protected Module(string name) => _name = name;

            public virtual bool training => _isTraining;

            public virtual string GetName() => _name;

            public virtual void train(bool train = true)
            {
                _isTraining = train;
                foreach (var module in _modules.Values)
                {
                    module.train(train);
                }
            }

            public virtual void eval() => train(false);

            public virtual void register_parameter(string name, Parameter param) => Add(_parameters, name, param);

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true) => Add(_buffers, name, tensor);

            public virtual void register_module(string name, Module submodule)
            {
                ArgumentNullException.ThrowIfNull(submodule);
                submodule.RegisterComponents();
                Add(_modules, name, submodule);
            }

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                _parameters.Select(own => (own.Key, own.Value)).Concat(
                    recurse ? _modules.SelectMany(part => part.Value.named_parameters().Select(inner => ($"{part.Key}.{inner.name}", inner.parameter))) : []);

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(named => named.parameter);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Registers the fields that are parameters, other tensors or modules, under the fields' names.</summary>
            protected virtual void RegisterComponents()
            {
                foreach (var field in GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    switch (field.GetValue(this))
                    {
                        case Parameter parameter when !_parameters.ContainsKey(field.Name):
                            register_parameter(field.Name, parameter);
                            break;
                        case Module module when !_modules.ContainsKey(field.Name):
                            register_module(field.Name, module);
                            break;
                        case Tensor tensor and not Modules.Parameter when !_buffers.ContainsKey(field.Name):
                            register_buffer(field.Name, tensor);
                            break;
                    }
                }
            }

            protected virtual void Dispose(bool disposing)
            {
                if (disposing)
                {
                    foreach (var owned in _parameters.Values.Concat<IDisposable>(_buffers.Values).Concat(_modules.Values))
                    {
                        owned.Dispose();
                    }
                }
            }

            private void Add<T>(Dictionary<string, T> registered, string name, T component)
            {
                ArgumentNullException.ThrowIfNull(component);
                if (string.IsNullOrEmpty(name) || name.Contains('.', StringComparison.Ordinal))
                {
                    throw new ArgumentException($"'{name}' is no name for a part of a module: it is empty or has a dot in it.", nameof(name));
                }

                if (!registered.TryAdd(name, component))
                {
                    throw new InvalidOperationException($"{_name} already has a '{name}'.");
                }
            }
        }

        /// <summary>What can be called with one argument.</summary>
        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        public class HookableModule<TPreHook, TPostHook> : Module
        {
            protected HookableModule(string name) : base(name)
            {
            }
        }

        /// <summary>A module that makes one value of another.</summary>
        public abstract class Module<T, TResult> : HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>, IModule<T, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T input);

            public TResult call(T input) => forward(input);
        }
    }
}

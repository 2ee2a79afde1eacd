using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch. It is freed by <see cref="Dispose()"/>, by the scope that owns it, or in the end by its finaliser.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private static long _totalCount, _peakCount;

        private IntPtr _handle;

        internal Tensor(IntPtr handle) : this(handle, DisposeScope.Current)
        {
        }

        internal Tensor(IntPtr handle, DisposeScope scope)
        {
            _handle = handle;
            long count = Interlocked.Increment(ref _totalCount);
            long peak;
            while (count > (peak = Interlocked.Read(ref _peakCount)) && Interlocked.CompareExchange(ref _peakCount, count, peak) != peak)
            {
            }

            scope?.Own(this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>How many tensors are alive now.</summary>
        public static long TotalCount => Interlocked.Read(ref _totalCount);

        /// <summary>The most tensors that were ever alive at once.</summary>
        public static long PeakCount => Interlocked.Read(ref _peakCount);

        public IntPtr Handle
        {
            get
            {
                if (_handle == IntPtr.Zero)
                {
                    throw new InvalidOperationException("This tensor has been disposed of, or given to a parameter.");
                }

                return _handle;
            }
        }

        public bool IsInvalid => _handle == IntPtr.Zero;

        public unsafe long[] shape
        {
            get
            {
                int dimensions = Shim.ts_tensor_dimensions(Handle);
                Shim.Check();
                var sizes = new long[dimensions];
                fixed (long* pinned = sizes)
                {
                    Shim.ts_tensor_sizes(Handle, pinned);
                }

                Shim.Check();
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public ScalarType dtype => (ScalarType)Answer(Shim.ts_tensor_type(Handle));

        public Device device => new((DeviceType)Answer(Shim.ts_tensor_device_type(Handle)), Answer(Shim.ts_tensor_device_index(Handle)));

        public DeviceType device_type => (DeviceType)Answer(Shim.ts_tensor_device_type(Handle));

        public long NumberOfElements => numel();

        public bool is_leaf => Answer(Shim.ts_is_leaf(Handle)) != 0;

        public bool requires_grad
        {
            get => Answer(Shim.ts_requires_grad(Handle)) != 0;
            set
            {
                Shim.ts_set_requires_grad(Handle, (sbyte)(value ? 1 : 0));
                GC.KeepAlive(this);
                Shim.Check();
            }
        }

        /// <summary>The gradient that backward passes have added up; null when there is none.</summary>
        public Tensor grad
        {
            get
            {
                IntPtr gradient = Shim.ts_grad(Handle);
                GC.KeepAlive(this);
                Shim.Check();
                return gradient == IntPtr.Zero ? null : new Tensor(gradient);
            }

            set
            {
                Shim.ts_set_grad(Handle, value?.Handle ?? IntPtr.Zero);
                GC.KeepAlive(this);
                GC.KeepAlive(value);
                Shim.Check();
            }
        }

        /// <summary>The memory itself, of a contiguous tensor on the CPU; valid as long as the tensor lives.</summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (!is_contiguous() || device_type != DeviceType.CPU)
                {
                    throw new InvalidOperationException("The bytes of a tensor can be read where it is contiguous and on the CPU.");
                }

                long count = numel() * Answer(Shim.ts_tensor_element_size(Handle));
                byte* data = Shim.ts_tensor_data(Handle);
                Shim.Check();
                return new Span<byte>(data, checked((int)count));
            }

            set
            {
                var own = bytes;
                if (value.Length != own.Length)
                {
                    throw new ArgumentException($"The tensor has {own.Length} bytes, but {value.Length} were given.", nameof(value));
                }

                value.CopyTo(own);
            }
        }

        internal DisposeScope OwningDisposeScope { get; set; }

        public long numel()
        {
            long count = Shim.ts_tensor_count(Handle);
            GC.KeepAlive(this);
            Shim.Check();
            return count;
        }

        public bool is_contiguous() => Answer(Shim.ts_tensor_is_contiguous(Handle)) != 0;

        public unsafe long[] stride()
        {
            var strides = new long[shape.Length];
            fixed (long* pinned = strides)
            {
                Shim.ts_tensor_strides(Handle, pinned);
            }

            GC.KeepAlive(this);
            Shim.Check();
            return strides;
        }

        /// <summary>The value of a tensor that holds just one; waits for the device.</summary>
        public T item<T>() where T : struct
        {
            if (numel() != 1)
            {
                throw new ArgumentException($"A tensor of {numel()} values has no single one to give.");
            }

            using var here = cpu().contiguous();
            var bytes = here.bytes;
            if (bytes.Length != Unsafe.SizeOf<T>())
            {
                throw new ArgumentException($"A {typeof(T).Name} cannot be read from a tensor of {dtype}.");
            }

            return MemoryMarshal.Read<T>(bytes);
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (disposing)
            {
                OwningDisposeScope?.Forget(this);
            }

            IntPtr handle = Interlocked.Exchange(ref _handle, IntPtr.Zero);
            if (handle != IntPtr.Zero)
            {
                Interlocked.Decrement(ref _totalCount);
                Shim.ts_tensor_free(handle);
            }
        }

        /// <summary>Hands over what it holds, and its place in a scope, and is empty from then on.</summary>
        internal IntPtr GiveUpHandle(out DisposeScope scope)
        {
            IntPtr handle = Handle;
            scope = OwningDisposeScope;
            scope?.Forget(this);
            _handle = IntPtr.Zero;
            Interlocked.Decrement(ref _totalCount);
            GC.SuppressFinalize(this);
            return handle;
        }

        private int Answer(int answer)
        {
            GC.KeepAlive(this);
            Shim.Check();
            return answer;
        }
    }
}

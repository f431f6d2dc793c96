import type { BuildRequest } from './request.js';
import type { Rooms } from './rooms.js';
import type { BuildServices } from './services.js';
import type { Workshop } from './step.js';
/** What executing steps work with in a real build. */
export declare function workshop(request: BuildRequest, services: BuildServices, rooms: Rooms): Workshop;
